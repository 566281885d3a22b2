import { runTileKernel, type TileMessage } from "@tilebook/interp";
import { describe, expect, test } from "vitest";
import { lowerKernel } from "./tile/lower.ts";
import { tileLanguageTypes } from "./tile-types.ts";

interface Example {
  /** What it is an example of: the first line of the declaration. */
  readonly of: string;
  readonly text: string;
}

/** Every declaration with its comment: functions, types and members. Overloads stand behind the first one. */
const declarations = [
  ...tileLanguageTypes.matchAll(
    /^ *(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\n *)?(declare function \w+|type \w+|interface \w+|readonly \w+|to\()/gmu,
  ),
].map(([, comment = "", of = ""]) => ({ of, comment }));

const examples: readonly Example[] = declarations.flatMap(({ of, comment }) => {
  const [, text] = /@example (.*)/u.exec(comment) ?? [];
  return text === undefined ? [] : [{ of, text: text.trim() }];
});

const constants = { BM: 16, BN: 16, BK: 16, BQ: 16, D: 16, cap: 30 };

/** What the names in the examples are, when the example does not say it itself. Pointers are told by their use. */
const meanings: Readonly<Record<string, readonly string[]>> = {
  "load(numbers + arange(64))":
    "x y row column q2 variance top2 start2 total2 position frequency angle re im power loss gradient even odd head tail table keys alpha shift".split(
      " ",
    ),
  "load(numbers + expand(arange(16), 1) * 64 + expand(arange(64), 0))":
    "scores logits distances block p q".split(" "),
  "load(numbers + expand(arange(64), 1) * 64 + expand(arange(64), 0))": "a b k acc".split(" "),
  "load(numbers + arange(16))": ["top", "total"],
  "reshape(load(numbers + arange(64)), [4, 4, 4])": ["heads"],
  "reshape(load(numbers + arange(64)), [32, 2])": ["pairs"],
  "arange(64) & 15": "offsets at index codes counts digits words bin label cell".split(" "),
  "arange(64) < 8": ["inside", "mask"],
  "expand(arange(64) < 9, 1)": ["live"],
  "n + 0": "i j m word bit rows columns groups step start size score id".split(" "),
};

/** The example in a kernel, with the names it needs. What it gives is printed. */
function cellOf(text: string): string {
  if (text.startsWith("kernel(")) return `const example = ${text};`;
  const [, helper, given = ""] = /^const (\w+) = \((.*)\): Tile =>/u.exec(text) ?? [];
  if (helper !== undefined) {
    const values = given.includes("Mask") ? "v, v > 2" : "v";
    return `${text};\nkernel((x: Ptr) => { const v = load(x + arange(16)); print("example", ${helper}(${values})); });`;
  }
  const used = new Set(text.match(/[\p{ID_Start}$_][\w$]*/gu));
  const own = [...text.matchAll(/(?:const|let) (?:(\w+)|\[([\w, ]+)\])/gu)].flatMap(([, one, several]) =>
    (several ?? one ?? "").split(/, ?/u),
  );
  const places = [...text.matchAll(/\b(load|store|view|atomic\w*)\((\w+)/gu)];
  const pointers = new Map(
    places.map(([, verb = "", name = ""]) => [name, verb.startsWith("atomic") ? 'Ptr<"i32">' : "Ptr"]),
  );
  const lines = Object.entries(meanings).flatMap(([value, names]) =>
    names
      .filter((name) => used.has(name) && !own.includes(name) && !pointers.has(name))
      .map((name) => `let ${name} = ${value};`),
  );
  const statement = /^(const|let|for|store|assert|static\w+|assume|print|atomic)\b|=>|^\w+ =/u.test(text);
  const shown = statement && !text.startsWith("reduce") ? text : `print("example", ${text})`;
  const params = [...pointers].map(([name, type]) => `${name}: ${type}, `).join("");
  return `const example = kernel((${params}numbers: Ptr, n: i32, seed: u32, scale: f32) => {\n${[...lines, shown].join("\n")};\n});`;
}

/** Runs the one kernel of a cell, with buffers of small numbers; gives what it prints. */
function printsOf(text: string): readonly TileMessage[] {
  const heard: TileMessage[] = [];
  const kernel = lowerKernel({
    source: "cell",
    text,
    kernel: "k0",
    captured: constants,
    constants: { BLOCK: 16 },
  });
  const args = kernel.params.map(({ kind }) =>
    kind === "scalar" ? 8 : Float64Array.from({ length: 8192 }, (_, at) => (at % 7) + 1),
  );
  runTileKernel(kernel, [1, 1, 1], args, { onMessage: (message) => heard.push(message) });
  return heard;
}

describe("the examples of the tile language's types", () => {
  test("[T3] every function, type and member has one", () => {
    const named = new Set(examples.map(({ of }) => of));
    const bare = declarations.filter(({ of }) => !named.has(of)).map(({ of }) => of);
    expect(bare).toEqual(["interface Number", "interface Boolean", "interface KeepDims"]);
    expect(examples.length).toBeGreaterThan(120);
  });

  test.each(examples)("[T4] $of: $text", ({ text }) => {
    const cell = cellOf(text);
    const prints = printsOf(cell);
    expect(prints.length > 0).toBe(cell.includes("print("));
  });
});
