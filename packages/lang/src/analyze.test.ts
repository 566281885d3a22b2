import { parse, tokenizer } from "acorn";
import { assert, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { analyzeCell } from "./analyze.ts";
import type { CellAnalysis } from "./cell.ts";
import { applyEdits, mapBack, mapPosition, offsetAt } from "./edits.ts";
import { flashAttention, layernorm, matmul, softmax, vectorAdd } from "./testing/kernels.ts";
import { mutated } from "./testing/mutate.ts";
import { typedProgram, typedStatements } from "./testing/typescript.ts";

const globals: ReadonlySet<string> = new Set(["tensor", "show"]);

const analyze = (text: string): CellAnalysis => analyzeCell({ id: "cell", text }, { globals });
const code = (text: string): string => analyze(text).code;
const defined = (text: string): string =>
  analyze(text)
    .defines.map(({ name }) => name)
    .join(" ");
const used = (text: string): string =>
  analyze(text)
    .uses.map(({ name }) => name)
    .join(" ");

/** Codes and the pieces of the text they point at. */
function faults(text: string): string[] {
  return analyze(text).faults.map(({ code: name, span }) => `${name} ${text.slice(span?.start, span?.end)}`);
}

const cells: readonly string[] = [
  flashAttention,
  layernorm,
  matmul,
  softmax,
  vectorAdd,
  "const xs = [3, 1, 2].map((x) => x * 2);\nlet total = 0;\nfor (const x of xs) total += x;\ntotal",
  "class Point<T> { static #n = 0; x: T; constructor(x: T) { this.x = x; Point.#n++ } get y(): T { return this.x } }\nnew Point(1).y",
  "async function load_(url: string): Promise<string> { const r = await fetch(url); return r.text() }\nconst data = await load_('a') as string\n[1, 2].map(String)",
  "let i = 0; do i++; while (i < 3)\nlabel: for (;;) { if (i > 5) break label; else i++ }\nswitch (i) { case 1: { var q = 2 } default: i }",
  "const { a, b: { c = d, ...e }, ...f } = await g; [a2, b2] = [1, 2]; var a2, b2; `${a}${(() => b)()}`",
  "{ a: 1, b: [2, 3], c() { return this.a } }",
];

describe("names", () => {
  test.each([
    ["const a = 1, [b, { c }] = d; let e; var f; function g() {} class H {}", "a b c e f g H"],
    ["if (x) { var y = 1; let z = 2 } for (var i of x) {} for (let j of x) {}", "y i"],
    ["type A = 1; interface B {} declare const c: number; declare function d(): void", ""],
    ["(function inner() { var hidden })(); try {} catch (e) { let f }", ""],
    ["const a = { b: 1, c }, d = class E {}", "a d"],
    ["using a = b; await using c = d", "a c"],
  ])("[A1] %s defines: %s", (text, names) => {
    expect(defined(text)).toBe(names);
  });

  test.each([
    ["a.b.c + d[e] + f({ g: 1, h, [i]: j })", "a d e f h i j"],
    ["const a = b; { const b = c; b }", "b c"],
    ["function f(a, b = c, { d = a } = {}) { return arguments.length + g + f }", "c g"],
    ["const x: Foo<Bar> = y as Baz; function f(a: Qux): a is Zed {}", "y"],
    ["console.log(Math.PI, tensor, undefined)", ""],
    ["label: for (const k in o) continue label", "o"],
    ["class A extends B { c = d; #e = this.#e; static { f } [g]() { super.h() } }", "B d f g"],
    ["x => x + y; async ({ z }) => z; (a, ...b) => b", "y"],
    ["try { a } catch { b } finally { c }", "a b c"],
    ["let a = () => later; const later = 1", ""],
    ["typeof missing; delete o.p", "missing o"],
  ])("[A2] %s uses: %s", (text, names) => {
    expect(used(text)).toBe(names);
  });

  test("[A3] a use has the span of its first place", () => {
    expect(analyze("a: 1; b; a; b").uses).toEqual([
      { name: "b", span: { source: "cell", start: 6, end: 7 } },
      { name: "a", span: { source: "cell", start: 9, end: 10 } },
    ]);
  });

  test.each([
    ["w = 1", "cell/foreign-assignment w"],
    ["let a; [a, { b: c }] = d; e++", "cell/foreign-assignment c,cell/foreign-assignment e"],
    ["for (x of y);", "cell/foreign-assignment x"],
    ["const tensor = 1", "cell/taken-name tensor"],
    ["{ const tensor = 1; let console }", ""],
    ["function f($tick) {}", "cell/reserved-name $tick"],
    ["$show(1)", "cell/reserved-name $show"],
    ["arguments[0]", "cell/arguments arguments"],
    ["import a from 'b'", "cell/import import"],
    ["await import('b')", "cell/import import"],
    ["import.meta.url", "cell/import import"],
    ["export const a = 1", "cell/export export"],
    ["export * from 'a'; export default 1", "cell/export export,cell/export export"],
    ["with (a) b", "syntax/error with"],
    ["let a = ", "syntax/end ="],
    ["a b", "syntax/error b"],
    ["const a = 1; const a = 2", "syntax/error a"],
    ["kernel(f)", "kernel/not-a-function f"],
  ])("[A4] %s: %s", (text, wanted) => {
    expect(faults(text).join(",")).toBe(wanted);
    if (wanted !== "") expect(code(text)).toBe("");
  });
});

test("[A14] a name that a kernel assigns and nobody declares is no name of another cell", () => {
  const text = "const k = kernel((x: Ptr) => { row = programId(0); store(x + row, load(x, mask=A)); })";
  const { uses, faults: found, kernels } = analyze(text);
  expect([uses.map(({ name }) => name), found, kernels[0]?.captures]).toEqual([["A"], [], ["A"]]);
});

describe("code", () => {
  test.each([
    ["1 + 1", "$show(1 + 1)\nreturn {};"],
    ["a, b;", "$show((a, b));\nreturn {};"],
    ["{ a: 1 }", "$show({ a: 1 })\nreturn {};"],
    ["display(a);", "display(a);\nreturn {};"],
    ["display(a).b", "$show(display(a).b)\nreturn {};"],
    ["{ let a = 1 }", "{ let a = 1 }\nreturn {};"],
    ["a as any // b", "$show(a);       // b\nreturn {};"],
    ["a as B as C", "$show(a     );    \nreturn {};"],
    ["const a = 1; type B = 2", "const a = 1; ;         \nreturn { a };"],
    ["for (;;) a", "for (;;) {$tick();a}\nreturn {};"],
    [
      "while (a) for (b of c) d => e;\nvar b",
      "while ($truth(a)) {$tick();for (b of c) {$tick();d => ($tick(),e);}}\nvar b\nreturn { b };",
    ],
    ["do a(); while (b)", "do {$tick();a();} while ($truth(b))\nreturn {};"],
    ["if (a && !(b || c < d)) e", "if ($truth(a) && !($truth(b) || c < d)) e\nreturn {};"],
    ["a?.b ? c : (d as any)", "$show($truth(a?.b) ? c : (d       ))\nreturn {};"],
    ["const x = a ?? b; if ((x as any)) x", "const x = a ?? b; if ($truth((x       ))) x\nreturn { x };"],
    [
      "a == b.c; a == null; a === b; a != 1;",
      "$equal(a) == $equal(b.c); a == null; a === b; $show(a != 1);\nreturn {};",
    ],
    ["for (let i = 0; go(i); i++) {}", "for (let i = 0; $truth(go(i)); i++) {$tick();}\nreturn {};"],
    ["function f() {}", "function f() {$tick();}\nreturn { f };"],
    ["x => y as any\n(z)", "x => ($tick(),y);      \n$show((z))\nreturn {};"],
    ["const f = () => ({}) as any", "const f = () => ($tick(),({}));      \nreturn { f };"],
    ["class A { m() { 'use strict' } }", "class A { m() { 'use strict';$tick(); } }\nreturn { A };"],
    [
      "const k = kernel((x: Ptr) => { store(x, A + f(B)) });\nfunction f(v: Tile) { return v * C }",
      'const k = kernel($k("k0", () => ({ A, B, C })));\nfunction f(v      ) {$tick(); return v * C }\nreturn { k, f };',
    ],
  ])("[A5] %s", (text, wanted) => {
    expect(code(text)).toBe(wanted);
  });

  test.each([
    ["const a = 1; const b = a + 1; { a }", []],
    ["const a = 1; const f = () => a", ["a"]],
    ["let a = 1, b = 2; function f(b) { a = b; g(() => f) }", ["a", "f"]],
    ["const a = 1, k = kernel((x: Ptr) => { store(x, a) })", ["a"]],
    ["const a = 1; class C { field = a }", ["a"]],
    ["const a = 1; const f = (x = a) => { const a = 2; return a }", ["a"]],
    ["const f = (a: typeof b) => a; const b = 1", []],
  ])("[A15] functions that may run later capture: %s", (text, captured) => {
    expect(analyze(text).captured).toEqual(captured);
  });

  test("[A6] await at the top and the shown expression are found", () => {
    expect(analyze("await a")).toMatchObject({ usesAwait: true, showsResult: true });
    expect(analyze("for await (const a of b);")).toMatchObject({ usesAwait: true, showsResult: false });
    expect(analyze("async () => { await a }")).toMatchObject({ usesAwait: false, showsResult: true });
  });

  test("[A7] a kernel is known by its const, its place and its captures", () => {
    const [site] = analyze(flashAttention).kernels;
    expect(site).toMatchObject({ id: "k0", name: "flash", captures: ["BQ", "D", "causal", "BK"] });
    expect(flashAttention.slice(site?.span.start, site?.span.end)).toMatch(/^\(q: Ptr.*\}$/su);
    expect(analyze("const kernel_ = 1; f(() => kernel((x: Ptr) => {}))").kernels).toMatchObject([
      { name: "k0" },
    ]);
  });

  test("[A8] a name that means two things to a kernel is refused", () => {
    const text =
      "const B = 1; const h = (v) => v + B; function make(B) { return kernel((x: Ptr) => store(x, h(B))) }";
    expect(faults(text)).toEqual(["kernel/two-meanings B"]);
  });
});

/** acorn's bare tokenizer guesses wrong about some regular expressions; what it read up to there counts. */
function* wordTokens(
  tokens: Iterable<{ start: number; end: number }>,
): Generator<{ start: number; end: number }> {
  try {
    yield* tokens;
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
  }
}

/** Tokens that no edit touches stand at the place they map to. */
function tokensAgree(text: string, { code: script, edits }: CellAnalysis): void {
  const touched: [number, number][] = [];
  let shift = 0;
  for (const { at, removed, inserted } of edits) {
    touched.push([at + shift, at + shift + inserted.length]);
    shift += inserted.length - removed;
  }
  const tokens = tokenizer(script, { ecmaVersion: "latest", sourceType: "module", allowHashBang: false });
  let before = 0;
  for (const { start, end } of wordTokens(tokens)) {
    if (touched.some(([from, to]) => start < to && from < end)) continue;
    const place = mapBack(edits, start);
    expect(text.slice(place, place + end - start)).toBe(script.slice(start, end));
    expect(place).toBeGreaterThanOrEqual(before);
    before = place;
  }
}

/** What must hold of the analysis of any text. */
function holds(text: string): void {
  const analysis = analyze(text);
  for (const { span } of [...analysis.defines, ...analysis.uses, ...analysis.faults, ...analysis.kernels]) {
    expect(span?.source).toBe("cell");
    expect(span?.start).toBeLessThanOrEqual(span?.end ?? -1);
    expect(span?.end).toBeLessThanOrEqual(text.length);
  }
  if (analysis.faults.length > 0) {
    expect(analysis.code).toBe("");
    return;
  }
  expect(applyEdits(text, analysis.edits)).toBe(analysis.code);
  const options = {
    ecmaVersion: "latest",
    sourceType: "module",
    allowReturnOutsideFunction: true,
  } as const;
  parse(analysis.code, { ...options, allowAwaitOutsideFunction: true });
  tokensAgree(text, analysis);
}

describe("every text gives an analysis", () => {
  test("[A9] programs with types", () => {
    assert(property(typedProgram, holds), { numRuns: 100 });
  });

  test("[A10] mutated programs", () => {
    assert(property(mutated([...cells, ...typedStatements]), holds), { numRuns: 600 });
  });

  test("[A11] any text at all", () => {
    assert(property(string({ unit: "grapheme", maxLength: 60 }), holds), { numRuns: 500 });
  });

  test.each([
    ["parentheses", "(".repeat(50_000)],
    ["arrays", "[".repeat(5_000) + "]".repeat(5_000)],
    ["arrows", "x => ".repeat(3_000) + "x"],
    ["sums", "1 + ".repeat(20_000) + "1"],
    ["types", `let a: ${"(".repeat(2_000)}number${")".repeat(2_000)}`],
    ["type arguments", `f${"<f".repeat(3_000)}`],
    ["blocks", "{".repeat(5_000) + "}".repeat(5_000)],
    ["templates", "`${".repeat(2_000)],
    ["conditions", "a ? (b) : ".repeat(2_000)],
    ["members", `a${".b".repeat(20_000)}`],
    ["calls", `a${"()".repeat(10_000)}`],
    ["arrows in conditions", "a ? (b) : (c) => ".repeat(300)],
    ["generic arrows", "<T>(x: T) => ".repeat(300) + "x"],
  ])("[A12] deep %s end in a fault or an analysis", (_, text) => {
    const { faults: found, code: script } = analyze(text);
    expect(found.length > 0).toBe(script === "");
  });
});

describe("positions", () => {
  test("[A13] a place in the code is found in the text, line and column", () => {
    const text = "const f = (x: number) => {\n  for (;;) throw boom\n}";
    const analysis = analyze(text);
    const place = analysis.code.indexOf("boom");
    const before = analysis.code.slice(0, place).split("\n");
    const position = mapPosition(analysis, text, before.length, (before.at(-1)?.length ?? 0) + 1);
    expect(position).toEqual({ line: 2, column: 18 });
  });

  test("[A14] places outside of the code are clamped", () => {
    expect(offsetAt("ab\ncd", 1, 99)).toBe(2);
    expect(offsetAt("ab\ncd", 9, 1)).toBe(5);
    expect(offsetAt("ab\ncd", 2, -4)).toBe(3);
  });
});
