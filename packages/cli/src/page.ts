import type { FaultData } from "@tilebook/base";
import type { CellKind, CellStatus, Output } from "@tilebook/notebook";
import { type Browser, chromium, type Page } from "playwright-core";
import { adviceFor, findBrowser, hardwareGpuFlags, provideBrowsers, softwareGpuFlags } from "./browsers.ts";
import { Fault } from "@tilebook/base";

/** What the CLI needs to know of a cell after (or during) a run. */
export interface CellSnapshot {
  readonly id: string;
  readonly kind: CellKind;
  readonly text: string;
  readonly status: CellStatus;
  readonly fault?: FaultData;
  /** Pictures come without their pixels. */
  readonly outputs: readonly Output[];
  readonly milliseconds?: number;
}

export interface Snapshot {
  readonly title: string;
  readonly device: string;
  readonly cells: readonly CellSnapshot[];
}

/** The door that the app opens for automation: `window.tilebook` (app/src/automation.ts). */
interface Door {
  open(text: string): Promise<void> | void;
  runAll(): Promise<unknown>;
  state(): {
    readonly title: string;
    readonly device: string;
    readonly cells: readonly (Omit<CellSnapshot, "milliseconds"> & {
      readonly cost?: { readonly milliseconds: number };
    })[];
  };
}

/** The page's window, inside the functions that run there. `tilebookRun` is "running", "done", or what went wrong. */
declare const window: { readonly tilebook: Door; tilebookRun?: string };

/** A notebook open in a real browser, driven from here. */
export interface NotebookPage {
  open(text: string): Promise<void>;
  /** Starts all cells; `finished` tells when the last one ended. */
  start(): Promise<void>;
  finished(): Promise<boolean>;
  snapshot(): Promise<Snapshot>;
  close(): Promise<void>;
}

export async function openPage(url: string, options: LaunchOptions): Promise<NotebookPage> {
  const browser = await launch(url, options);
  const page = await browser.newPage();
  await page.goto(options.interpreter ? `${url}?interpreter` : url);
  await page.waitForFunction(() => "tilebook" in window, undefined, { timeout: 60_000 });
  return {
    open: (text) => page.evaluate(async (source) => window.tilebook.open(source), text),
    start: () => page.evaluate(startRun),
    finished: () => finished(page),
    snapshot: () => page.evaluate(takeSnapshot),
    close: () => browser.close(),
  };
}

export interface LaunchOptions {
  readonly headed: boolean;
  readonly interpreter: boolean;
  /** SwiftShader, even where there is a GPU. */
  readonly software: boolean;
}

/** Chromium on this machine's GPU, or on SwiftShader where it has none that WebGPU can use. */
export async function launch(
  url: string,
  { headed, software, interpreter }: LaunchOptions,
): Promise<Browser> {
  const missing = provideBrowsers(["chromium"], (line) => process.stderr.write(`${line}\n`));
  const found = findBrowser("chromium");
  if (found === undefined || missing.length > 0) throw new Fault("cli/no-browser", adviceFor("chromium"));
  const start = (flags: readonly string[]): Promise<Browser> =>
    chromium.launch({ executablePath: found.path, headless: !headed, args: [...flags] });
  if (!software && !interpreter) {
    const browser = await start(hardwareGpuFlags);
    if (await hasGpu(browser, url)) return browser;
    await browser.close();
  }
  return start(softwareGpuFlags);
}

async function hasGpu(browser: Browser, url: string): Promise<boolean> {
  const page = await browser.newPage();
  try {
    await page.goto(url);
    const asked = page.evaluate(async () => {
      const adapter = await navigator.gpu?.requestAdapter();
      return adapter !== undefined && adapter !== null && !adapter.info.isFallbackAdapter;
    });
    return await Promise.race([asked, page.waitForTimeout(10_000).then(() => false)]);
  } catch {
    return false;
  } finally {
    await page.close().catch(() => undefined);
  }
}

function startRun(): void {
  window.tilebookRun = "running";
  window.tilebook.runAll().then(
    () => (window.tilebookRun = "done"),
    (error: unknown) => (window.tilebookRun = String(error)),
  );
}

async function finished(page: Page): Promise<boolean> {
  const state = await page.evaluate(() => window.tilebookRun);
  if (state === "running") return false;
  if (state === "done") return true;
  throw new Fault("cli/run", `the page could not run the notebook: ${String(state)}`);
}

function takeSnapshot(): Snapshot {
  const { title, device, cells } = window.tilebook.state();
  return {
    title,
    device,
    cells: cells.map(({ id, kind, text, status, fault, outputs, cost }) => ({
      id,
      kind,
      text,
      status,
      ...(fault === undefined ? {} : { fault }),
      ...(cost === undefined ? {} : { milliseconds: cost.milliseconds }),
      outputs: outputs.map((output) => {
        if (output.kind === "image") return { ...output, pixels: new Uint8ClampedArray(0) };
        return output.kind === "download" ? { ...output, bytes: new Uint8Array(0) } : output;
      }),
    })),
  };
}
