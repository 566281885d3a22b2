import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { dtypes, maxRank, maxTileElements } from "@tilebook/ir";
import { tileGlobals } from "@tilebook/lang";
import { describe, expect, test } from "vitest";
import { blocksOf, codesOf, isCell, runCells, typesOf } from "./testing/page.ts";

/** The parameters that the page's examples without a head speak of. */
const params = 'x: Ptr, y: Ptr, h: Ptr<"f16">, ids: Ptr<"i32">, n: i32, u: u32, s: f32, flag: bool';

function textOf(page: string): string {
  return readFileSync(resolve(import.meta.dirname, "../../../docs", page), "utf8");
}

describe("docs/tile-language.md", () => {
  const blocks = blocksOf("tile-language.md");
  const some = (kind: string) =>
    blocks.filter(({ words }) => words.includes(kind)).map((block) => [block.line, block]);

  test("[M1] its cells run from top to bottom, and their checks pass", async () => {
    const checks = await runCells(blocks);
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(checks.length).toBe(13);
  });

  test.each(some(".lines"))(
    "[M2] line %s: the types in the comments are what the compiler finds",
    (_, block) => {
      const found = typesOf(block as (typeof blocks)[number], params);
      expect(found.map((pair) => pair.found)).toEqual(found.map((pair) => pair.said));
    },
  );

  test.each(some(".launches"))(
    "[M3] line %s: each launch ends in the fault that is stated",
    async (_, block) => {
      const found = await codesOf(block as (typeof blocks)[number]);
      expect(found.map((pair) => pair.found)).toEqual(found.map((pair) => pair.said));
    },
  );

  // Statements and cells that are wrong (.faults, .cells) are held to their codes in packages/lang/src/docs.test.ts.
  test("[M4] every block is a cell, lines or mistakes; every function and dtype is there, and the limits", () => {
    const kinds = blocks.filter((block) => !isCell(block)).map(({ words }) => words[1]);
    expect(new Set(kinds)).toEqual(new Set([".lines", ".faults", ".cells", ".launches"]));
    const text = textOf("tile-language.md");
    const missing = [...tileGlobals, ...dtypes].filter((name) => !new RegExp(`\`${name}\\b`).test(text));
    expect(missing).toEqual([]);
    expect(text).toContain(`${maxTileElements.toLocaleString("en")} elements`);
    expect(text).toContain(`${maxRank} axes`);
  });
});

describe("docs/tensors.md", () => {
  const blocks = blocksOf("tensors.md");

  test("[M5] its cells run, but for those with controls and files (they run in e2e), and their checks pass", async () => {
    const checks = await runCells(blocks);
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(checks.length).toBeGreaterThan(5);
  });
});

describe("docs/training.md", () => {
  test("[M7] its cells run, and their checks pass", async () => {
    const checks = await runCells(blocksOf("training.md"));
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(checks.length).toBeGreaterThan(6);
  });
});

describe("docs/moe.md", () => {
  test("[M9] its cells run, and their checks pass", async () => {
    const checks = await runCells(blocksOf("moe.md"));
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(checks.length).toBeGreaterThan(10);
  });
});

describe("docs/serving.md", () => {
  test("[M10] its cells run, and their checks pass", async () => {
    const checks = await runCells(blocksOf("serving.md"));
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(checks.length).toBeGreaterThan(5);
  });
});

describe("docs/quantization.md", () => {
  test("[M11] its cells run, and their checks pass", async () => {
    const checks = await runCells(blocksOf("quantization.md"));
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(checks.length).toBeGreaterThan(6);
  });
});

describe("docs/fusion.md", () => {
  test("[M8] its cell runs, and its check passes", async () => {
    expect(await runCells(blocksOf("fusion.md"))).toMatchObject([{ passed: true }]);
  });
});

describe("README.md", () => {
  test("[M6] its example runs, and adds", async () => {
    const [example] = blocksOf("../README.md");
    const sum = `check("sum", (await compare(c, a.add(b))).nmse, { atMost: 1e-14 })`;
    const cells = [example?.text ?? "", sum].map((text, at) => ({ words: [], text, line: at + 1 }));
    expect(await runCells(cells)).toMatchObject([{ passed: true }]);
  });
});
