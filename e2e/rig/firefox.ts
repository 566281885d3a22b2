import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adviceFor, findBrowser } from "@tilebook/cli";
import { type Browser, launch } from "puppeteer-core";

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
