import { describe, expect, test } from "vitest";
import type { CellAnalysis } from "@tilebook/lang";
import { parse, print } from "../index.ts";
import { createNotebooks, toDocument } from "../notebook.ts";

const nothing: CellAnalysis = {
  defines: [],
  captured: [],
  uses: [],
  kernels: [],
  usesAwait: false,
  showsResult: false,
  code: "1",
  edits: [],
  faults: [],
};
const notebooks = createNotebooks({ analyze: () => nothing });

/** The file after the level was changed, and the level it says when it is opened again. */
function changed(text: string, level: "auto" | "lazy" | "mixed"): readonly [text: string, level: string] {
  const document = parse(text);
  const [notebook] = notebooks.apply(notebooks.open(document), { type: "level", level });
  const written = print(toDocument(notebook, document));
  return [written, notebooks.open(parse(written)).level];
}

describe("the level op", () => {
  test("writes the front matter, and touches no other line", () => {
    expect(changed("---\ntitle: T\nrun: auto # why\nseed: 3\n---\ntext\n", "lazy")).toEqual([
      "---\ntitle: T\nrun: lazy\nseed: 3\n---\ntext\n",
      "lazy",
    ]);
    expect(changed("---\ntitle: T\n---\ntext\n", "auto")).toEqual([
      "---\ntitle: T\nrun: auto\n---\ntext\n",
      "auto",
    ]);
  });
  test("makes a front matter where there is none", () => {
    expect(changed("```ts\n1\n```\n", "lazy")).toEqual(["---\nrun: lazy\n---\n\n```ts\n1\n```\n", "lazy"]);
  });
  test("lets what waits run when the level becomes auto", () => {
    const document = parse("---\nrun: lazy\n---\n```ts {#a}\n1\n```\n");
    const [trusted, before] = notebooks.apply(notebooks.open(document), { type: "trust" });
    const [, after] = notebooks.apply(trusted, { type: "level", level: "auto" });
    expect(before.map(({ type }) => type)).toEqual([]);
    expect(after.map(({ type }) => type)).toEqual(["save", "evaluate"]);
  });
  test("does nothing when the level is the same", () => {
    const notebook = notebooks.open(parse("```ts\n1\n```\n"));
    expect(notebooks.apply(notebook, { type: "level", level: "mixed" })).toEqual([notebook, []]);
  });
});
