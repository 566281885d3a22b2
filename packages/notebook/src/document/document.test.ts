import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Block } from "./document.ts";
import { print } from "./document.ts";
import { parse } from "./parse.ts";
import { rewrite } from "./write.ts";

/** Pieces that hurt, glued in any order. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom("\n", "\r\n", "\r", "\n\n", " ", "\t", "   ", "\uFEFF", "\u2028", "\\"),
      fc.constantFrom(
        "```",
        "````",
        "~~~",
        "`",
        "```ts",
        "~~~ts",
        "```wgsl",
        "```ts {.static}",
        "```js",
        "- ```ts",
      ),
      fc.constantFrom(
        "```ts {#a}\n",
        "```ts {#a .hidden run=lazy x=y}\n",
        "```ts{#__proto__}\n",
        "```ts {#b \n",
      ),
      fc.constantFrom("---\n", "title: x\n", "---", "...\n", "run: lazy\n", "needs: [a, b]\n", "- a\n"),
      fc.constantFrom("<!-- cell -->", "<!--cell-->\n", "<!--", "-->", "<!-- cell --> x"),
      fc.constantFrom("# Title", "const x = 1", "text", "{", "}", "#id", "> ", "- ", "1. ", "    "),
      fc.string({ unit: "binary", maxLength: 5 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(""));

/** Documents with structure, so that edits have something to bite on. */
const lines = fc
  .array(
    fc.constantFrom(
      "prose",
      "",
      "  ",
      "```ts {#a}\nconst a = 1\n```",
      "```ts\nb\n```",
      "~~~wgsl {.hidden}\nfn f() {}\n~~~",
      "````ts\n```\n````",
      "<!-- cell -->",
      "```js\nno cell\n```",
      "<!-- a\n```ts\nhidden\n```\n-->",
      "---",
      "```ts",
    ),
    { maxLength: 12 },
  )
  .chain((parts) => fc.constantFrom("\n", "\r\n").map((ending) => parts.join("\n").replaceAll("\n", ending)))
  .chain((text) => fc.constantFrom(text, `${text}\n`));

const anyText = fc.oneof(nasty, lines);

describe("parse and print", () => {
  test("[D1] print(parse(x)) is x, for any text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(print(parse(text))).toBe(text);
      }),
      { numRuns: 20_000 },
    );
  });

  test("[D2] writing an untouched document changes nothing", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const document = parse(text);
        expect(print(rewrite(document, document.blocks))).toBe(text);
      }),
      { numRuns: 5000 },
    );
  });

  test("[D3] ids are unique and fit, whatever the file asks for", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = parse(text).blocks.map((block) => block.id);
        expect(new Set(ids).size).toBe(ids.length);
        for (const id of ids) expect(id).toMatch(/^\p{L}[\p{L}\p{M}\p{N}_.:-]*$/u);
      }),
    );
  });
});

describe("what is a cell", () => {
  test("[D4] a fence whose first word is ts or wgsl is a cell; text between is one prose cell", () => {
    expect(outline("# Hi\n\n```ts\nlet a\n```\nmore\n\ntext\n~~~wgsl\nfn f() {}\n~~~\n")).toEqual([
      "prose: # Hi",
      "ts: let a",
      "prose: more\n\ntext",
      "wgsl: fn f() {}",
    ]);
  });
  test("[D5] other languages, static fences, indented fences and quoted ones are prose", () => {
    const texts = [
      "```js\nx\n```",
      "```ts {.static}\nx\n```",
      "  ```ts\n  x\n  ```",
      "> ```ts\n> x\n> ```",
      "```tsx\nx\n```",
    ];
    for (const text of texts) expect(outline(text)).toEqual([`prose: ${text}`]);
  });
  test("[D6] a longer fence holds a shorter one", () => {
    expect(outline("````ts\n```ts\n````\n")).toEqual(["ts: ```ts"]);
    expect(outline("````md\n```ts\nx\n```\n````\n\n```ts\ny\n```\n")).toEqual([
      "prose: ````md\n```ts\nx\n```\n````",
      "ts: y",
    ]);
  });
  test("[D7] a fence that is never closed runs to the end", () => {
    expect(outline("```ts\na\n\nb\n")).toEqual(["ts: a\n\nb\n".trimEnd()]);
  });
  test("[D8] prose splits at <!-- cell --> only, and an empty part is an empty cell", () => {
    expect(outline("a\n\n<!-- cell -->\n\nb\n<!-- cell -->\n<!-- cell -->\nc")).toEqual([
      "prose: a",
      "prose: b",
      "prose: ",
      "prose: c",
    ]);
    expect(outline("a <!-- cell --> b")).toEqual(["prose: a <!-- cell --> b"]);
  });
  test("[D9] cells in comments do not run", () => {
    expect(outline("<!--\n```ts\nx\n```\n-->\n")).toEqual(["prose: <!--\n```ts\nx\n```\n-->"]);
  });
  test("[D10] a fence in a list ends with its item and swallows nothing", () => {
    expect(outline("- ```js\n  x\n  ```\n\n```ts\ny\n```\n")).toEqual([
      "prose: - ```js\n  x\n  ```",
      "ts: y",
    ]);
    expect(outline("- ```js\n  x\n\n```ts\ny\n```\n")).toEqual(["prose: - ```js\n  x", "ts: y"]);
  });
  test("[D11] attributes: id, hidden, run; unknown ones are kept", () => {
    const [cell] = parse('```ts {#q .gpu run=lazy .hidden title="a b"} extra\nx\n```\n').blocks;
    expect(cell).toMatchObject({
      id: "q",
      named: true,
      attributes: { hidden: true, run: "lazy", rest: [".gpu", 'title="a b"'] },
    });
  });
  test("[D12] of two equal ids the first counts; an unfit id is kept in the file and not used", () => {
    const long = "x".repeat(65);
    const { blocks } = parse(
      `\`\`\`ts {#a}\n1\n\`\`\`\n\`\`\`ts {#a}\n2\n\`\`\`\n\`\`\`ts {#__proto__}\n\`\`\`\n\`\`\`ts {#${long}}\n\`\`\`\n`,
    );
    expect(blocks.map((block) => block.named)).toEqual([true, false, false, false]);
    expect(blocks.map((block) => block.attributes.rest)).toEqual([[], ["#a"], ["#__proto__"], [`#${long}`]]);
  });
  test("[D13] line endings in a cell are LF to the person who edits it", () => {
    expect(outline("```ts\r\na\r\nb\r\n```\r\n")).toEqual(["ts: a\nb"]);
  });
  test("[D14] front matter needs both fences and a key; else the page opens with a rule", () => {
    expect(parse("---\ntitle: T\n---\n# x\n").frontMatter).toBe("title: T\n");
    expect(parse("\uFEFF---\ntitle: T\n---\n").frontMatter).toBe("title: T\n");
    expect(parse("---\n---\n").frontMatter).toBe("");
    expect(parse("---\ntitle: T\n").frontMatter).toBeUndefined();
    expect(parse("---\n\nJust text.\n\n---\n").frontMatter).toBeUndefined();
  });
});

describe("writing", () => {
  test("[D15] changing one cell touches only its lines", () => {
    fc.assert(
      fc.property(
        lines,
        fc.nat(),
        fc.constantFrom("new", "", "a\nb", "```\nx", "~~~"),
        (text, pick, next) => {
          const document = parse(text);
          const index = pick % Math.max(1, document.blocks.length);
          const block = document.blocks[index];
          if (block === undefined || block.text === next) return;
          const written = rewrite(document, document.blocks.with(index, { ...block, text: next }));
          const before = print({ ...document, blocks: document.blocks.slice(0, index), tail: "" });
          const after = print({ ...document, head: "", blocks: document.blocks.slice(index + 1) });
          expect(print(written).startsWith(before)).toBe(true);
          expect(print(written).endsWith(after)).toBe(true);
          if (block.kind !== "prose") expect(parse(print(written)).blocks[index]?.text).toBe(next);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test("[D16] deleting, inserting and moving cells gives a file that reads as those cells", () => {
    const step = fc.record({
      what: fc.constantFrom("delete", "insert", "move"),
      at: fc.nat(20),
      to: fc.nat(20),
    });
    const cell = fc.constantFrom<Partial<Block>>(
      { kind: "ts", text: "const n = 1" },
      { kind: "prose", text: "new text" },
      { kind: "prose", text: "" },
      { kind: "ts", text: "```\n~~~" },
      { kind: "prose", text: "---\ntitle: x\n---" },
      { kind: "wgsl", text: "" },
      { kind: "prose", text: "```js\nopen" },
    );
    fc.assert(
      fc.property(lines, fc.array(fc.tuple(step, cell), { maxLength: 5 }), (text, steps) => {
        let document = parse(text);
        let wanted: readonly Block[] = document.blocks;
        steps.forEach(([{ what, at, to }, made], count) => {
          const index = at % Math.max(1, wanted.length);
          const block = wanted[index];
          if (what === "insert")
            wanted = wanted.toSpliced(to % (wanted.length + 1), 0, newBlock(`n${count}`, made));
          else if (block !== undefined) {
            const rest = wanted.toSpliced(index, 1);
            wanted = what === "delete" ? rest : rest.toSpliced(to % (rest.length + 1), 0, block);
          }
          document = rewrite(document, wanted);
        });
        const read = parse(print(document)).blocks;
        expect(read.map(brief)).toEqual(wanted.map(brief));
        expect(print(document).startsWith(document.head)).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  test("[D17] a cell fence typed into prose stays prose when the file is opened again", () => {
    const document = parse("hi\n");
    const [block] = document.blocks;
    if (block === undefined) throw new Error("no block");
    const written = rewrite(document, [{ ...block, text: "see\n```ts {#a}\nx\n```" }]);
    expect(print(written)).toBe("see\n```ts {.static #a}\nx\n```\n");
    expect(parse(print(written)).blocks.map((other) => other.kind)).toEqual(["prose"]);
  });

  test("[D18] changed attributes replace the braces and leave the rest of the line", () => {
    const document = parse("```ts {#a .odd} extra\nx\n```\n");
    const [block] = document.blocks;
    if (block === undefined) throw new Error("no block");
    const attributes = { hidden: true, run: "auto", rest: [".odd"] } as const;
    expect(print(rewrite(document, [{ ...block, attributes }]))).toBe(
      "```ts {#a .hidden run=auto .odd} extra\nx\n```\n",
    );
  });

  test("[D19] new lines use the ending of the file", () => {
    const document = parse("a\r\n\r\n```ts\r\nb\r\n```\r\n");
    const wanted = [...document.blocks, newBlock("n", { kind: "ts", text: "c\nd" })];
    expect(print(rewrite(document, wanted))).toBe(
      "a\r\n\r\n```ts\r\nb\r\n```\r\n\r\n```ts\r\nc\r\nd\r\n```\r\n",
    );
  });
});

function outline(text: string): readonly string[] {
  return parse(text).blocks.map((block) => `${block.kind}: ${block.text}`);
}

function newBlock(id: string, more: Partial<Block>): Block {
  const attributes = { hidden: false, rest: [] };
  return { id, named: false, kind: "ts", text: "", attributes, gap: "", slice: "", ...more };
}

/** Prose that had to be closed says so at its end; that is the one thing that may differ. */
function brief(block: Block): string {
  const text = block.text.replace(/(?:\s*(?:`{3,}|~{3,}|-->))+\s*$/, "").trim();
  return `${block.kind} ${text}`;
}
