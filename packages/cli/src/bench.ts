import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import type { BenchCommand } from "./arguments.ts";
import { launch } from "./page.ts";
import { buildSite, serveSite } from "./site.ts";

/** The page's window and document, inside the functions that run there. */
declare const window: {
  readonly tilebook: {
    runAll(): Promise<unknown>;
    state(): { readonly cells: readonly { readonly id: string; readonly status: string }[] };
  };
  tilebookRun?: string;
};
declare const document: { querySelector(selector: string): Element | null };
declare const requestAnimationFrame: (then: () => void) => void;
interface Element {
  readonly textContent: string;
  value?: string;
  dispatchEvent(event: Event): boolean;
}

export interface BenchReport {
  readonly browser: string;
  /** Seconds from an empty profile to prose on the screen, and to an editor that takes keys. */
  readonly coldOpen: { readonly shown: number; readonly editable: number };
  /** Bytes of everything fetched until then: as they are, and as a host that compresses would send them. */
  readonly transferred: { readonly plain: number; readonly gzip: number; readonly requests: number };
  /** Milliseconds from moving tau to the new accuracy on the screen: 360 queries, 1,437 keys. */
  readonly editToResult: { readonly median: number; readonly least: number; readonly most: number };
}

/** Measures the built page with the gallery's attention notebook. Numbers, not tests: this machine's load is in them. */
export async function bench({ json, software }: BenchCommand, root: string): Promise<number> {
  await buildSite(root, (line) => process.stderr.write(`${line}\n`));
  const site = await serveSite(root, { port: 0 });
  const browser = await launch(site.url, { headed: false, interpreter: false, software });
  try {
    const report = await measure(browser, site.url);
    process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : benchText(report));
    return 0;
  } finally {
    await browser.close();
    await site.close();
  }
}

async function measure(browser: Browser, url: string): Promise<BenchReport> {
  const page = await browser.newPage();
  const bodies: Promise<Buffer>[] = [];
  page.on("response", (response) => bodies.push(response.body().catch(() => Buffer.alloc(0))));
  const start = performance.now();
  await page.goto(url);
  await page.locator(".prose").first().waitFor();
  const shown = performance.now() - start;
  // Editors are made where one looks, and on a small screen the first cell is below the fold.
  await page.locator(".cell[data-kind=ts]").first().scrollIntoViewIfNeeded();
  await page.locator(".monaco-editor .view-line").first().waitFor();
  const editable = performance.now() - start;
  const fetched = await Promise.all(bodies);
  return {
    browser: browser.version(),
    coldOpen: { shown: shown / 1000, editable: editable / 1000 },
    transferred: {
      plain: sum(fetched.map((body) => body.length)),
      gzip: sum(fetched.map((body) => gzipSync(body).length)),
      requests: fetched.length,
    },
    editToResult: await editToResult(page),
  };
}

async function editToResult(page: Page): Promise<BenchReport["editToResult"]> {
  await page.waitForFunction(
    () => window.tilebook.state().cells.find((cell) => cell.id === "classify")?.status === "fresh",
    undefined,
    { timeout: 300_000, polling: 200 },
  );
  await page.waitForFunction(
    () =>
      window.tilebook.state().cells.every((cell) => cell.status !== "running" && cell.status !== "queued"),
    undefined,
    { timeout: 300_000, polling: 200 },
  );
  const times: number[] = [];
  for (const tau of [60, 100, 70, 110, 75, 120, 65, 130, 85, 140, 95, 150]) {
    times.push(await page.evaluate(moveTau, tau));
    await page.waitForTimeout(1000);
  }
  // The first two pay for what is compiled and learned once.
  const warm = times.slice(2).toSorted((a, b) => a - b);
  return { median: warm[Math.floor(warm.length / 2)] ?? 0, least: warm[0] ?? 0, most: warm.at(-1) ?? 0 };
}

/** Moves the slider as a hand would, and waits for the sentence with the new tau. */
function moveTau(tau: number): Promise<number> {
  const slider = document.querySelector("#cell-sharpness input[type=range]");
  if (slider === null) throw new Error("there is no slider");
  const start = performance.now();
  // React hears only what the prototype's setter was told.
  Reflect.set(Object.getPrototypeOf(slider) as object, "value", String(tau), slider);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  return new Promise((resolve) => {
    const look = (): void => {
      const text = document.querySelector("#cell-classify .outputs")?.textContent ?? "";
      if (text.includes(`=${tau}`) || text.includes(`= ${tau}`)) resolve(performance.now() - start);
      else requestAnimationFrame(look);
    };
    look();
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

function benchText({ browser, coldOpen, transferred, editToResult: edit }: BenchReport): string {
  return [
    `Chromium ${browser}`,
    `cold open to prose     ${coldOpen.shown.toFixed(2)} s`,
    `cold open to editable  ${coldOpen.editable.toFixed(2)} s`,
    `fetched until then     ${megabytes(transferred.gzip)} gzipped, ${megabytes(transferred.plain)} plain, ${transferred.requests} requests`,
    `tau to new accuracy    ${edit.median.toFixed(0)} ms median (${edit.least.toFixed(0)} to ${edit.most.toFixed(0)}), 360 x 1,437`,
    "",
  ].join("\n");
}
