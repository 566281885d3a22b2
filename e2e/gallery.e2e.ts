import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { checkCount, runText, troubles } from "./rig/door.ts";

const folder = fileURLToPath(new URL("../public/notebooks", import.meta.url));
const notebooks = readdirSync(folder).filter((name) => name.endsWith(".nb.md"));

describe("the gallery", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test.each(notebooks)(
    "[G1] %s runs from top to bottom and passes its own checks",
    { timeout: 300_000 },
    async (name) => {
      const { page, problems, close } = await openNotebook(browser);
      const cells = await runText(page, readFileSync(`${folder}/${name}`, "utf8"));
      expect(troubles(cells)).toEqual([]);
      expect(checkCount(cells)).toBeGreaterThan(0);
      expect(problems).toEqual([]);
      await close();
    },
  );
});
