import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { checkCount, runText, troubles } from "./rig/door.ts";

/** Pages of the documentation whose cells run. `packages/tensor/src/docs.test.ts` runs what needs no page, and the rest of the examples. */
const pages = ["tile-language.md", "tensors.md", "wgsl-cells.md"];

describe("the documentation", () => {
  test.each(pages)("[D1] %s runs as a notebook, and its checks pass", { timeout: 300_000 }, async (name) => {
    const browser = await launchChromium();
    const { page, problems } = await openNotebook(browser);
    const cells = await runText(page, readFileSync(new URL(`../docs/${name}`, import.meta.url), "utf8"));
    expect(troubles(cells)).toEqual([]);
    expect(checkCount(cells)).toBeGreaterThanOrEqual(5);
    expect(problems).toEqual([]);
    await browser.close();
  });
});
