import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adviceFor, findBrowser } from "@tilebook/cli";
import { type Browser, launch, type Page } from "puppeteer-core";
import type { Evaluator } from "./door.ts";

/** Firefox with WebGPU on lavapipe, headless, over WebDriver BiDi (Playwright drives only its own build). */
export async function launchFirefox(): Promise<Browser> {
  const found = findBrowser("firefox");
  if (found === undefined) throw new Error(adviceFor("firefox"));
  const runtime = mkdtempSync(join(tmpdir(), "tilebook-firefox-"));
  return launch({
    browser: "firefox",
    executablePath: found.path,
    headless: true,
    env: { ...process.env, XDG_RUNTIME_DIR: runtime },
    extraPrefsFirefox: {
      "dom.webgpu.enabled": true,
      "gfx.webgpu.ignore-blocklist": true,
      "gfx.webgpu.force-enabled": true,
    },
  });
}

/** The page, for what drives either browser (`door.ts`). */
export function doorOf(page: Page): Evaluator {
  return { evaluate: (run, argument) => page.evaluate(run as never, argument) as never };
}
