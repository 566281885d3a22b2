import { describe, expect, test } from "vitest";
import { faultIn, faultOf } from "../testing/index.ts";

type Case = readonly [body: string, code: string, at: string, hint?: string | RegExp];

/** Each body with the code of its fault, the piece it points at, and its hint. */
function check(
  params: string,
  cases: readonly Case[],
  captured: Readonly<Record<string, unknown>> = {},
): void {
  for (const [body, code, at, hint = ""] of cases) {
    test(`[K1] ${body}: ${code}`, () => {
      const fault = faultOf(params, body, captured);
      expect({ code: fault.code, at: fault.at }).toEqual({ code: `kernel/${code}`, at });
      if (typeof hint === "string") expect(fault.hint).toContain(hint);
      else expect(fault.hint).toMatch(hint);
      expect(fault.message).not.toBe("");
    });
  }
}

describe("names and calls", () => {
  check(
    "x: Ptr, n: i32",
    [
      ["store(x, y)", "unknown-name", "y"],
      ["store(x, program_id(0))", "unknown-name", "program_id", "did you mean programId?"],
      ["store(x, Arange(4))", "unknown-name", "Arange", "did you mean arange?"],
      ["console.log(x)", "unknown-name", "console", "GPU"],
      ["const a = b; const b = 1", "used-before", "b"],
      ["store(x)", "arguments", "store(x)", "write store(pointer + offsets, value, mask?)"],
      ["where(n > 1, 2)", "arguments", "where(n > 1, 2)"],
      ["const f = (a, b) => a; f(1)", "arguments", "f(1)"],
      ["const f = (a) => a; f(1, 2)", "arguments", "f(1, 2)"],
      ["const f = (a) => f(a); f(1)", "recursion", "f(a)", "use a loop"],
      ["n(1)", "not-a-function", "n"],
      ["const sum = 1; sum(n)", "not-a-function", "sum", "hides the tile function"],
      ["Math.imul(n, 2)", "unsupported", "Math.imul(n, 2)", "work on tiles"],
      ["Math.random()", "no-member", "Math.random"],
      ["n.foo", "no-member", "n.foo", ".to(dtype)"],
      ["x[0]", "no-member", "x[0]", "load(pointer + offsets)"],
      ["store(x, W[n])", "not-constant", "n"],
      ["n.T", "rank", "n.T"],
      ["const a = 1; a = 2", "const-assignment", "a", "declare it with let"],
      ["for (let j = 0; j < n; j++) j = 2", "const-assignment", "j", "another variable"],
      ["W = 1", "const-assignment", "W", "declare it inside with let"],
      ["let a = 1; const f = () => { a = 2 }; f()", "helper-assignment", "a", "return the new value"],
    ],
    { W: [1, 2] },
  );
});

describe("types and shapes", () => {
  check('x: Ptr, i: Ptr<"i32">, n: i32, u: u32, s: f32, b: bool', [
    ["arange(48)", "size", "arange(48)", "use 32 or 64 and mask off"],
    ["arange(4, 4)", "size", "arange(4, 4)"],
    ["zeros([16, 24])", "size", "[16, 24]", "use 16 or 32"],
    ["arange(n)", "not-constant", "n", "const outside"],
    ["zeros(16)", "not-constant", "16"],
    ["zeros([512, 512])", "too-many-elements", "[512, 512]", "smaller blocks"],
    [
      "expand(arange(512), 0) + expand(arange(512), 1)",
      "too-many-elements",
      "expand(arange(512), 0) + expand(arange(512), 1)",
    ],
    ["arange(4) + arange(8)", "shapes", "arange(4) + arange(8)"],
    ["zeros([8, 4]) + arange(8)", "shapes", "zeros([8, 4]) + arange(8)", "expand(x, 1)"],
    ["zeros([4, 4]) < arange(8)", "shapes", "zeros([4, 4]) < arange(8)"],
    ["n / 2", "integer-division", "n / 2", "idiv(a, b)"],
    ["2 + arange(4) / n", "integer-division", "arange(4) / n"],
    ["idiv(s, 2)", "type", "idiv(s, 2)", "floor(a / b)"],
    ["u + -1", "number-range", "-1"],
    ["-u", "type", "-u"],
    ["!n", "type", "n", "compare it: x != 0"],
    ["n && b", "type", "n", "compare it"],
    ["s & n", "type", "s & n"],
    ["s << 2", "type", "s", 'x.to("i32")'],
    ["~s", "type", "~s"],
    ["x * 2", "pointer", "x * 2"],
    ["x + i", "pointer", "x + i"],
    ["x < 3", "pointer", "x < 3"],
    ["load(x + s)", "type", "s", 'x.to("i32")'],
    ["load(n)", "pointer", "n"],
    ["load(x, n)", "type", "n"],
    ["load(x + arange(4), arange(8) < n)", "shapes", "arange(8) < n"],
    ["load(x, undefined, 3)", "other-without-mask", "3"],
    ["load(x, b, arange(4))", "shapes", "arange(4)"],
    ["store(x, zeros([4]))", "shapes", "zeros([4])", "an element for every value"],
    ["store(i, s)", "type", "s", 'cast it: x.to("i32")'],
    ["store(i, 0.5)", "number-range", "0.5"],
    ["store(x, x)", "type", "x", "load from it first"],
    ["exp(x)", "type", "x", "load from it first"],
    ["exp('a')", "type", "'a'"],
    [
      "dot(zeros([4, 8]), zeros([4, 8]))",
      "dot",
      "dot(zeros([4, 8]), zeros([4, 8]))",
      "did you mean dot(a, b.T)?",
    ],
    [
      "dot(zeros([4, 8]), zeros([16, 2]))",
      "dot",
      "dot(zeros([4, 8]), zeros([16, 2]))",
      /rows of the right$/u,
    ],
    ["dot(zeros([4]), zeros([4, 4]))", "dot", "zeros([4])", "expand"],
    ["dot(zeros([4, 4], 'bool'), zeros([4, 4]))", "dot", "zeros([4, 4], 'bool')"],
    ["sum(zeros([4, 4]), 2)", "axis", "2", "0 to 1"],
    ["sum(s, 0)", "axis", "s"],
    ["max(s)", "axis", "s", "maximum"],
    ["expand(arange(4), 3)", "axis", "3"],
    ["programId(3)", "axis", "3"],
    ["reshape(arange(8), [2, 2])", "shapes", "reshape(arange(8), [2, 2])"],
    ["broadcast(arange(8), [16])", "shapes", "broadcast(arange(8), [16])"],
    ["s.to('f64')", "type", "'f64'", "f32, f16, i32, u32, bool"],
    ["where(arange(4) > 1, zeros([8]), 0)", "shapes", "where(arange(4) > 1, zeros([8]), 0)"],
    ["where(n, 1, 2)", "type", "n"],
  ]);
});

describe("control", () => {
  check(
    "x: Ptr, n: i32",
    [
      ["if (arange(4) < n) store(x, 1)", "varying-if", "arange(4) < n", "use where"],
      ["store(x, arange(4) < n ? 1 : 2)", "varying-if", "arange(4) < n", "use where"],
      ["if (n) store(x, 1)", "type", "n", "compare it: x != 0"],
      ["while (true) {}", "endless", "true"],
      ["while (arange(4) < n) {}", "varying-if", "arange(4) < n"],
      [
        "outer: for (const j of range(n)) break outer",
        "unsupported",
        "outer: for (const j of range(n)) break outer",
      ],
      ["for (;;) {}", "loop", "for (;;) {}", "for (let j = 0"],
      ["for (let j = n; j != 0; j--) {}", "loop", "j != 0", "downwards"],
      ["for (let j = n; j > 0; j++) {}", "loop", "j++"],
      ["for (let j = 0; j < n; j *= 2) {}", "loop", "j < n"],
      ["for (let j = 0; j < n; j += 0.5) {}", "type", "0.5"],
      ["for (let j = 0; j < n; j += 0) {}", "loop", "0"],
      ["for (let j = 0, k = 0; j < n; j++) {}", "loop", "let j = 0, k = 0"],
      ["let m = n; for (let j = 0; j < m; j++) m = 3", "loop", "m", "before the loop"],
      ["for (const j of arange(4)) {}", "loop", "arange(4)", "range(start, end, step)"],
      ["for (const j of range(0, n, 0)) {}", "loop", "0"],
      ["for (let j = 0; j < arange(4); j++) {}", "type", "arange(4)"],
      ["return 1", "return", "return 1", "store"],
      [
        "const f = (a) => { if (a > 1) return a }; f(n)",
        "return",
        "if (a > 1) return a",
        "end it with return",
      ],
      [
        "let s = zeros([4]); for (const j of range(n)) { s = zeros([8]) }",
        "changes-type",
        "for (const j of range(n)) { s = zeros([8]) }",
        'zeros([8], "f32")',
      ],
      ["let s; for (const j of range(n)) s = 1", "loop", "for (const j of range(n)) s = 1", "first value"],
      ["let s = [1]; if (n > 1) s = [1, 2]", "changes-type", "if (n > 1) s = [1, 2]", "keep their length"],
      ["let s; if (n > 1) s = 2", "used-before", "if (n > 1) s = 2", "in both arms"],
      ["var s = 1", "unsupported", "var s = 1", "let or const"],
      ["try { store(x, 1) } catch {}", "unsupported", "try { store(x, 1) } catch {}"],
      ["new Map()", "unsupported", "new Map()"],
      ["x?.y", "unsupported", "x?.y"],
      ["`${n}`", "not-constant", "n"],
      ["for (const j of BIG) store(x, 1)", "too-large", "BIG"],
      ["for (const i of HUGE) for (const j of HUGE) store(x, 1)", "too-large", "store(x, 1)"],
    ],
    { BIG: Array.from({ length: 2_000 }, () => 0), HUGE: Array.from({ length: 200 }, () => 0) },
  );
});

describe("parameters and captured values", () => {
  test.each([
    ["n: number", "number", "write `n: i32` for a size or an index, `n: f32` for a scale"],
    ["n", "n", "write (x: Ptr"],
    ["n: boolean", "boolean", "bool"],
    ["n: f16", "f16", "f32"],
    ["n: Tile", "Tile", "Ptr"],
    ["n: string", "string", "write (x: Ptr"],
    ['n: Ptr<"f64">', '"f64"', "f32, f16, i32, u32, bool"],
    ["n: Ptr<f16>", "f16", 'Ptr<"f16">'],
    ["{ n }: i32", "{ n }: i32", "write (x: Ptr"],
    ["n: i32 = 3", "n: i32 = 3", "write (x: Ptr"],
  ])("[K2] (%s)", (param, at, hint) => {
    const fault = faultIn(`kernel((${param}) => {})`);
    expect(fault).toMatchObject({ code: "kernel/parameter", at });
    expect(fault.hint).toContain(hint);
  });

  test.each([
    ["a tensor", new URL("http://localhost"), "type", "pass it as a parameter"],
    ["a function", () => 1, "type", "in the cell of the kernel"],
    ["a bigint", 1n, "type", "numbers, true and false"],
    ["a map", new Map(), "type", "pass it as a parameter"],
    ["a long array", Array.from({ length: 5_000 }, () => 0), "type", "pass a tensor"],
  ])("[K3] %s cannot be a constant", (_, value, code, hint) => {
    const fault = faultOf("x: Ptr", "store(x, VALUE)", { VALUE: value });
    expect(fault).toMatchObject({ code: `kernel/${code}`, at: "VALUE" });
    expect(fault.hint).toContain(hint);
  });

  test("[K4] typed arrays are lists of constants, and a record has own fields only", () => {
    expect(faultOf("x: Ptr", "store(x, V[1] + V.length)", { V: Float32Array.of(1, 2) }).code).toBe("none");
    expect(faultOf("x: Ptr", "store(x, V.toString)", { V: {} }).code).toBe("kernel/no-member");
  });

  test("[K5] a kernel that is no plain function, or is not there", () => {
    expect(faultIn("kernel(async (x: Ptr) => {})").code).toBe("kernel/unsupported");
    expect(faultIn("1 + 1").code).toBe("kernel/unknown");
    expect(faultIn("kernel(").code).toBe("syntax/end");
  });
});
