import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { adviceFor, findBrowser, softwareGpuFlags } from "@tilebook/cli";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { inject } from "vitest";

const shots = fileURLToPath(new URL("../shots", import.meta.url));

export function chromiumPath(): string {
  const found = findBrowser("chromium");
  if (found === undefined) throw new Error(adviceFor("chromium"));
  return found.path;
}

/** Chromium with WebGPU on SwiftShader. `profile` keeps storage between launches. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), headless: true, args: [...softwareGpuFlags] });
}

export async function launchWithProfile(profile: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath(),
    headless: true,
    args: [...softwareGpuFlags],
  });
}

/** A fresh profile at the notebook's page; what the page prints as an error ends up in `problems`. */
export async function openNotebook(
  browser: Browser,
  options: { readonly path?: string; readonly width?: number; readonly height?: number } = {},
): Promise<{ readonly page: Page; readonly problems: string[]; readonly close: () => Promise<void> }> {
  const { path = "", width = 1440, height = 900 } = options;
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(inject("site") + path);
  return { page, problems, close: () => context.close() };
}

/** A picture for a person to look at, in e2e/shots (not in git). */
export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: `${shots}/${name}.png` });
}
