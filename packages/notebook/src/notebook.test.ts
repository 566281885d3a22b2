import { analyzeCell } from "@tilebook/lang";
import { describe, expect, test } from "vitest";
import { print } from "./document/document.ts";
import { readFrontMatter, withTitle } from "./document/front-matter.ts";
import { parse } from "./document/parse.ts";
import { createNotebooks, toDocument } from "./notebook.ts";
import { toyNotebooks } from "./testing/toy.ts";
import type { Notebook, Op } from "./state.ts";

const file = `---
title: Tiled attention  # of a lecture
needs: [shader-f16]
author: me
---
# Attention

\`\`\`ts {#q .gpu run=lazy}
const q = 1
\`\`\`

Between.

\`\`\`wgsl {.hidden}
fn f() {}
\`\`\`
`;

function after(text: string, ...ops: readonly Op[]): string {
  const document = parse(text);
  let notebook = toyNotebooks.open(document);
  for (const op of ops) [notebook] = toyNotebooks.apply(notebook, op);
  return print(toDocument(notebook, document));
}

describe("documents and notebooks", () => {
  test("[B1] a document opens untrusted, with its title, and nothing has run", () => {
    const notebook = toyNotebooks.open(parse(file));
    expect(notebook).toMatchObject({
      title: "Tiled attention",
      trusted: false,
      level: "mixed",
      autoMilliseconds: 250,
    });
    expect(notebook.cells.map(({ kind, status, named }) => [kind, status, named])).toEqual([
      ["prose", "never", false],
      ["ts", "never", true],
      ["prose", "never", false],
      ["wgsl", "never", false],
    ]);
  });
  test("[B2] the title falls back to the first heading", () => {
    expect(toyNotebooks.open(parse("text\n\n## A *b* ##\n")).title).toBe("A *b*");
    expect(toyNotebooks.open(parse("text\n")).title).toBe("Untitled notebook");
  });
  test("[B3] an opened document writes back as it was, and running changes nothing in it", () => {
    expect(after(file)).toBe(file);
    expect(
      after(file, { type: "trust" }, { type: "runAll" }, { type: "input", cell: "q", name: "n", value: 1 }),
    ).toBe(file);
    expect(after(file.replaceAll("\n", "\r\n"))).toBe(file.replaceAll("\n", "\r\n"));
  });
  test("[B4] an edit writes its own lines only", () => {
    expect(after(file, { type: "edit", cell: "q", text: "const q = 2" })).toBe(
      file.replace("q = 1", "q = 2"),
    );
    expect(
      after(
        file,
        { type: "edit", cell: "q", text: "const q = 2" },
        { type: "edit", cell: "q", text: "const q = 1" },
      ),
    ).toBe(file);
  });
  test("[B5] a title writes its own line only, or new front matter", () => {
    expect(after(file, { type: "title", title: "New" })).toBe(
      file.replace("title: Tiled attention  # of a lecture", "title: New"),
    );
    expect(after("# Hi\n", { type: "title", title: "New: one" })).toBe(
      '---\ntitle: "New: one"\n---\n\n# Hi\n',
    );
    expect(
      parse(after("# Hi\n", { type: "title", title: "New: one" })).blocks.map(({ text }) => text),
    ).toEqual(["# Hi"]);
    expect(
      after("", { type: "title", title: "T" }, { type: "insert", at: 0, kind: "prose", text: "x" }),
    ).toBe("---\ntitle: T\n---\nx\n");
  });
  test("[B6] a new cell gets an id in the file only when one was asked for", () => {
    const [first, second] = [
      { type: "insert", at: 99, kind: "ts", text: "1" },
      { type: "insert", at: 99, kind: "ts", text: "2", id: "two" },
    ] as const;
    expect(after("hi\n", first, second)).toBe("hi\n\n```ts\n1\n```\n\n```ts {#two}\n2\n```\n");
  });
  test("[B7] converting keeps the text and, for code, the attributes", () => {
    const shown = after("```ts {#a .hidden}\nx\n```\n", { type: "convert", cell: "a", kind: "wgsl" });
    expect(shown).toBe("```wgsl {#a .hidden}\nx\n```\n");
    expect(after("```ts {#a}\n# x\n```\n", { type: "convert", cell: "a", kind: "prose" })).toBe("# x\n");
  });
  test("[B8] two openings of one file agree on all ids", () => {
    const [one, other] = [toyNotebooks.open(parse(file)), toyNotebooks.open(parse(file))];
    expect(one.cells.map(({ id }) => id)).toEqual(other.cells.map(({ id }) => id));
  });
});

describe("front matter", () => {
  test("[B9] the reader takes quotes, comments, lists of both kinds, and takes odd values as absent", () => {
    expect(readFrontMatter('title: "a \\"b\\" # c"\nrun: lazy # all\nseed: 42\nneeds: [a, "b"]\n')).toEqual({
      title: 'a "b" # c',
      run: "lazy",
      seed: 42,
      needs: ["a", "b"],
    });
    expect(readFrontMatter("needs:\n  - a\n  - b\nother:\n  - c\n").needs).toEqual(["a", "b"]);
    expect(readFrontMatter("title: 'it''s'\nrun: sometimes\nseed: many\n")).toEqual({
      title: "it's",
      run: "mixed",
      needs: [],
    });
    expect(readFrontMatter("__proto__: x\nconstructor: y\n")).toEqual({ run: "mixed", needs: [] });
  });
  test("[B10] a title that was written is read back", () => {
    for (const title of [
      "a",
      "a: b",
      'say "hi"',
      "back\\slash",
      "# no comment",
      "[x]",
      "- x",
      "1",
      "é ü",
      "two\nlines",
    ]) {
      expect(readFrontMatter(withTitle("x: 1\n", title, "\n")).title).toBe(title.replace("\n", " "));
    }
  });
});

describe("with the real analysis of cells", () => {
  const notebooks = createNotebooks({
    analyze: (cell) => analyzeCell(cell, { globals: new Set(["kernel", "store", "load"]) }),
  });
  const source = [
    "```ts {#a}\nconst x: number = 1; // one\n```",
    "```ts {#b}\nconst y = x + 1\n```",
    "```ts {#k}\nconst double = kernel((p: number) => {\n  store(p, load(p) * 2)\n})\n```",
  ].join("\n\n");

  function run(...ops: readonly Op[]): Notebook {
    let notebook = notebooks.open(parse(source));
    const all: Op[] = [{ type: "trust" }];
    for (let count = 1; count <= 3; count++)
      all.push({ type: "finished", run: count, cost: { milliseconds: 9999, bytes: 0 } });
    for (const op of [...all, ...ops]) [notebook] = notebooks.apply(notebook, op);
    return notebook;
  }
  const edited = (cell: string, text: string): string =>
    run({ type: "edit", cell, text })
      .cells.map(({ id, status }) => `${id} ${status}`)
      .join(", ");

  test("[B11] types, comments and white space are no change; code is", () => {
    expect(edited("a", "const x: 1 | 2 =\n  1;")).toBe("a fresh, b fresh, k fresh");
    expect(edited("a", "const x = 2;")).toBe("a stale, b stale, k fresh");
    expect(edited("a", "const x: number = ;")).toBe("a failed, b blocked, k fresh");
  });
  test("[B12] the body of a kernel is code, its comments are not", () => {
    expect(
      edited("k", "const double = kernel((p: number) => {\n  // twice\n  store(p,   load(p) * 2)\n})"),
    ).toBe("a fresh, b fresh, k fresh");
    expect(edited("k", "const double = kernel((p: number) => {\n  store(p, load(p) * 3)\n})")).toBe(
      "a fresh, b fresh, k stale",
    );
  });
  test("[B13] a name is written into the fence, also the one that was made up", () => {
    const text = "```wgsl {.hidden}\nx\n```\n";
    const made = toyNotebooks.open(parse(text)).cells[0]?.id ?? "";
    expect(after(text, { type: "name", cell: made, id: "kernel1" })).toBe(
      "```wgsl {#kernel1 .hidden}\nx\n```\n",
    );
    expect(after(text, { type: "name", cell: made, id: made })).toBe(
      `\`\`\`wgsl {#${made} .hidden}\nx\n\`\`\`\n`,
    );
  });
});
