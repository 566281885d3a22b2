import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { checkCount, runText, troubles } from "./rig/door.ts";
import { doorOf, launchFirefox } from "./rig/firefox.ts";
import { inTurn } from "./rig/long.ts";

const folder = fileURLToPath(new URL("../public/notebooks", import.meta.url));
const notebooks = readdirSync(folder).filter((name) => name.endsWith(".nb.md"));
const pages = [
  "tile-language.md",
  "tensors.md",
  "training.md",
  "moe.md",
  "serving.md",
  "quantization.md",
  "fusion.md",
  "wgsl-cells.md",
  "rooms.md",
].map((name) => `../../docs/${name}`);

describe("in Firefox", () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await launchFirefox();
    page = await browser.newPage();
    await page.goto(`${inject("site")}#home`);
  });
  afterAll(() => browser.close());

  test.each([...inTurn(notebooks, "firefox"), ...inTurn(pages, "firefox")])(
    "[G3] %s passes its own checks",
    { timeout: 300_000 },
    async (name) => {
      const cells = await runText(doorOf(page), readFileSync(`${folder}/${name}`, "utf8"));
      expect(troubles(cells)).toEqual([]);
      expect(checkCount(cells)).toBeGreaterThan(0);
    },
  );
});
