import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { checkCount, runText, troubles } from "./rig/door.ts";
import { inTurn } from "./rig/long.ts";

/** Pages of the documentation whose cells run. `packages/tensor/src/docs.test.ts` runs what needs no page, and the rest of the examples. */
const pages = [
  { name: "tile-language.md", checks: 5 },
  { name: "tensors.md", checks: 5 },
  { name: "training.md", checks: 6 },
  { name: "moe.md", checks: 10 },
  { name: "serving.md", checks: 5 },
  { name: "quantization.md", checks: 6 },
  { name: "fusion.md", checks: 1 },
  { name: "wgsl-cells.md", checks: 2 },
  { name: "rooms.md", checks: 6 },
];

describe("the documentation", () => {
  test.each(inTurn(pages, "chromium"))(
    "[D1] $name runs as a notebook, and its checks pass",
    { timeout: 300_000 },
    async ({ name, checks }) => {
      const browser = await launchChromium();
      const { page, problems } = await openNotebook(browser);
      const cells = await runText(page, readFileSync(new URL(`../docs/${name}`, import.meta.url), "utf8"));
      expect(troubles(cells)).toEqual([]);
      expect(checkCount(cells)).toBeGreaterThanOrEqual(checks);
      expect(problems).toEqual([]);
      await browser.close();
    },
  );
});
