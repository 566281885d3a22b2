import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { adviceFor, findBrowser } from "@tilebook/cli";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { inject } from "vitest";
import { chromiumFlags } from "./chromium-flags.ts";

export function chromiumPath(): string {
  const found = findBrowser("chromium");
  if (found === undefined) throw new Error(adviceFor("chromium"));
  return found.path;
}

/** Chromium with WebGPU on SwiftShader. `profile` keeps storage between launches. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), headless: true, args: [...chromiumFlags] });
}

export async function launchWithProfile(profile: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath(),
    headless: true,
    args: [...chromiumFlags],
  });
}

/**
 * Finds the browser that uses `profile`. The function it gives back ends it as the kernel does: the whole process group
 * at once, without a last word.
 */
export function findKiller(profile: string): () => void {
  const { stdout } = spawnSync("ps", ["-eo", "pgid=,args="], { encoding: "utf8", maxBuffer: 2 ** 26 });
  const groups = stdout
    .split("\n")
    .filter((line) => line.includes(`--user-data-dir=${profile}`))
    .map((line) => Number.parseInt(line, 10));
  if (groups.length === 0) throw new Error(`no browser uses ${profile}`);
  return () => {
    for (const group of new Set(groups)) process.kill(-group, "SIGKILL");
  };
}

/** A fresh profile at the page that lists notebooks, or at `path`; what the page prints as an error ends up in `problems`. */
export async function openNotebook(
  browser: Browser,
  options: {
    readonly path?: string;
    readonly width?: number;
    readonly height?: number;
    /** A phone: fingers and no mouse. */
    readonly touch?: boolean;
  } = {},
): Promise<{ readonly page: Page; readonly problems: string[]; readonly close: () => Promise<void> }> {
  const { path = "#home", width = 1440, height = 900, touch = false } = options;
  const context = await browser.newContext({ viewport: { width, height }, isMobile: touch, hasTouch: touch });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(inject("site") + path);
  return { page, problems, close: () => context.close() };
}

/** The file that `act` makes the page download. */
export async function downloaded(
  page: Page,
  act: () => Promise<void>,
): Promise<{ readonly name: string; readonly text: string; readonly bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  const bytes = readFileSync(await download.path());
  return { name: download.suggestedFilename(), text: bytes.toString("utf8"), bytes };
}
