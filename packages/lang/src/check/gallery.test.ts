import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { analyzeCell } from "../analyze.ts";
import { knownConstants } from "../constants.ts";
import { checkKernels } from "./check.ts";

const folder = resolve(import.meta.dirname, "../../../../public/notebooks");

/** The cells of a notebook, and the names of those that are WGSL. */
function cellsOf(notebook: string): {
  readonly scripts: readonly string[];
  readonly wgsl: readonly string[];
} {
  const text = readFileSync(resolve(folder, notebook), "utf8");
  const fences = [...text.matchAll(/^```(ts|wgsl)\b(.*)\n([^]*?)^```$/gm)].filter(
    ([, , words = ""]) => !words.includes(".static"),
  );
  return {
    scripts: fences.flatMap(([, language, , body = ""]) => (language === "ts" ? [body] : [])),
    wgsl: fences.flatMap(([, language, words = ""]) =>
      language === "wgsl" ? (words.match(/(?<=#)[\w-]+/g) ?? []) : [],
    ),
  };
}

/** What the checker says to the kernels of a notebook, with the text it points at. */
function saidOf(notebook: string): { readonly said: readonly string[]; readonly kernels: number } {
  const { scripts, wgsl } = cellsOf(notebook);
  const cells = scripts.map((text, at) => {
    const id = `cell ${at}`;
    return { id, text, analysis: analyzeCell({ id, text }, { globals: new Set(["kernel"]) }) };
  });
  const constants = knownConstants(cells);
  const defined = new Set([
    ...wgsl,
    ...cells.flatMap(({ analysis }) => analysis.defines.map(({ name }) => name)),
  ]);
  const said = cells.flatMap(({ id, text, analysis }) =>
    checkKernels({ source: id, text, analysis, constants, defined }).map(
      ({ fault: { code, span } }) => `${code}: ${text.slice(span?.start, span?.end)}`,
    ),
  );
  return { said, kernels: cells.reduce((count, { analysis }) => count + analysis.kernels.length, 0) };
}

const notebooks = readdirSync(folder).filter((name) => name.endsWith(".nb.md"));

describe("the notebooks of the gallery", () => {
  test.each(notebooks)("[D20] the checker has nothing against the kernels of %s", (notebook) => {
    expect(saidOf(notebook).said).toEqual([]);
  });

  test("[D21] there are kernels to look at", () => {
    const counts = notebooks.map((notebook) => saidOf(notebook).kernels);
    expect(counts.reduce((all, count) => all + count, 0)).toBeGreaterThan(40);
  });
});
