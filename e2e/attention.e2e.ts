import { readFileSync } from "node:fs";
import { describe, expect, inject, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { checkCount, deviceOf, type Evaluator, runText, troubles } from "./rig/door.ts";
import { doorOf, launchFirefox } from "./rig/firefox.ts";

/**
 * The same notebook on both rigs: attention against the f64 interpreter at a normalised squared error of at most 1e-10,
 * for sizes that are no multiple of a tile, causal and not, and rows that see no key.
 */
const text = readFileSync(new URL("notebooks/attention-grid.nb.md", import.meta.url), "utf8");

async function expectRight(page: Evaluator, device: RegExp): Promise<void> {
  const cells = await runText(page, text);
  // Not the interpreter, which would be right about itself.
  expect(await deviceOf(page)).toMatch(device);
  expect(troubles(cells)).toEqual([]);
  expect(checkCount(cells)).toBeGreaterThanOrEqual(16);
}

describe("attention is right", () => {
  test("[A1] in Chromium on SwiftShader", { timeout: 300_000 }, async () => {
    const browser = await launchChromium();
    const { page } = await openNotebook(browser);
    await expectRight(page, /^gpu .*swiftshader/i);
    await browser.close();
  });
  test("[A2] in Firefox on lavapipe", { timeout: 300_000 }, async () => {
    const browser = await launchFirefox();
    const page = await browser.newPage();
    await page.goto(inject("site"));
    await expectRight(doorOf(page), /^gpu /);
    await browser.close();
  });
});
