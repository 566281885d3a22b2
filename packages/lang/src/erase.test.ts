import { parse } from "acorn";
import { assert, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { eraseTypes, isErasedMember } from "./erase.ts";
import { parseCell } from "./parse.ts";
import { isNode, isTypeOnly, plain, type SyntaxNode } from "./syntax.ts";
import { typedProgram, typedStatements } from "./testing/typescript.ts";

const erase = (text: string): string => eraseTypes("cell", text);

const options = { ecmaVersion: "latest", sourceType: "module", allowAwaitOutsideFunction: true } as const;

/** The tree without places, parentheses and types: what a program means. */
function meaning(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isDropped(item)).map(meaning);
  if (!isNode(value)) return value;
  const node: SyntaxNode = plain(value);
  const known = Object.entries(node).filter(([key, item]) => fields.has(key) && !isDropped(item));
  return Object.fromEntries(known.map(([key, item]) => [key, meaning(item)]));
}

function isDropped(value: unknown): boolean {
  if (!isNode(value)) return false;
  const thisParam = value.type === "Identifier" && Reflect.get(value, "name") === "this";
  return value.type === "EmptyStatement" || isErasedMember(value) || isTypeOnly(value) || thisParam;
}

const fields: ReadonlySet<string> = new Set(
  `type body expression expressions callee arguments left right operator argument test consequent alternate init update
  declarations id kind params async generator name value raw object property computed elements properties key method
  shorthand superClass block handler param finalizer label quasi quasis tag static cases discriminant`.split(
    /\s+/u,
  ),
);

describe("types are erased without moving anything", () => {
  test("[E1] the text keeps its length and its lines, and means the same without types", () => {
    assert(
      property(typedProgram, (text) => {
        const erased = erase(text);
        expect(erased.length).toBe(text.length);
        expect(erased.split("\n").map((line) => line.length)).toEqual(
          text.split("\n").map((line) => line.length),
        );
        expect(meaning(parse(erased, options))).toEqual(meaning(parseCell("cell", text)));
      }),
      { numRuns: 200 },
    );
  });

  test.each(typedStatements)("[E2] %s", (statement) => {
    for (const end of ["", ";", "\n(1)", "\n[0]", "\n`t`", "\n/1/g", "\n-1"]) {
      const text = `{ ${statement}${end} }`;
      expect(meaning(parse(erase(text), options))).toEqual(meaning(parseCell("cell", text)));
    }
  });

  test("[E3] text without types stays as it is", () => {
    const text = "const a = (b < c) > d, e = f ? (g) : h => i; // : number\nlabel: for (;;) {}";
    expect(erase(text)).toBe(text);
  });

  test.each([
    ["let x = a as any\n(1)", "let x = a;      \n(1)"],
    ["type A = 1\n(c)", ";         \n(c)"],
    ["f = (a: T):\n  U => a", "f = (a     \n  ) => a"],
    ["f = async <T\n>(a) => a", "f = async ( \n  a) => a"],
    ["class A { private [b] = 1 }", "class A { ;       [b] = 1 }"],
    ["class A { get: T\n b() {} }", "class A { get;  \n b() {} }"],
    ["function f(this: A, b?: C): D {}", "function f(         b    )    {}"],
    ["'😀' as '😀'\nb", "'😀';       \nb"],
  ])("[E4] %j", (text, wanted) => {
    expect(erase(text)).toBe(wanted);
  });

  test.each([
    ["enum A { b }", "enum"],
    ["const enum A { b }", "cons"],
    ["namespace A { const b = 1 }", "namespace"],
    ["class A { constructor(private b: number) {} }", "private b: number"],
    ["a = <any>b", "<any>b"],
    ["import a = require('b')", "import"],
    ["@a class B {}", "@a"],
    ["class A { accessor b = 1 }", "accessor b = 1"],
  ])("[E5] TypeScript that makes code is refused: %s", (text, at) => {
    const span = { source: "cell", start: text.indexOf(at), end: text.indexOf(at) + at.length };
    expect(() => erase(text)).toThrow(expect.objectContaining({ code: "cell/not-erasable", span }));
  });
});
