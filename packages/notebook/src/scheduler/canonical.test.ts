import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalScript, canonicalWgsl } from "./canonical.ts";

/** Of pairs of texts, those with the same form. */
const same = (pairs: readonly (readonly [string, string])[]): unknown =>
  pairs.filter(([a, b]) => canonicalScript(a) === canonicalScript(b));

describe("canonical script", () => {
  test("[C1] white space, line breaks inside of expressions, and comments do not count", () => {
    const pairs = [
      ["const x = f(a, b)", "const x=f(\n  a,\n  b\n)"],
      ["const x = 1 // one", "/* one */ const   x = 1\n\n// the end"],
      ["data\n  .map(f)", "data.map(f)"],
      ["`a ${ x } b`", "`a ${x} b`"],
      ["`${ {a: `${ 1 }`} }`", "`${{a:`${1}`}}`"],
    ] as const;
    expect(same(pairs)).toEqual(pairs);
  });
  test("[C2] white space in strings, templates and regular expressions counts", () => {
    const pairs = [
      ['x = "a b"', 'x = "a  b"'],
      ["x = `a b`", "x = `a  b`"],
      ["x = `${1} a b`", "x = `${1} a  b`"],
      ["x = /a b/", "x = /a  b/"],
      ["x = `${'a b'}`", "x = `${'a  b'}`"],
      ['x = /"/; y = "a b"', 'x = /"/; y = "a  b"'],
      ['x = a / b; y = "/ c"', 'x = a / b; y = "/c"'],
      ['x = "// a"', 'x = "// b"'],
      ["x = `// a`", "x = `// b`"],
    ] as const;
    expect(same(pairs)).toEqual([]);
  });
  test("[C3] a line break that ends a statement counts", () => {
    const pairs = [
      ["return\nx", "return x"],
      ["a\n++b", "a ++\nb"],
      ["x = /re/\ny", "x = /re/y"],
      ["a\n(b)", "a;(b)"],
      ["a // b\nc", "a // b c"],
    ] as const;
    expect(same(pairs)).toEqual([]);
  });
  test("[C4] tokens never merge", () => {
    const pairs = [
      ["a + +b", "a ++b"],
      ["let x", "letx"],
      ["1 .toFixed()", "1.toFixed()"],
      ["a / /b/.c", "a //b/.c"],
    ] as const;
    expect(same(pairs)).toEqual([]);
  });
  test("[C5] text it cannot follow counts as it stands", () => {
    for (const text of ["x = 'a  ", "x = `a  ${", "x =  /* open", "x =  `a ${'}`"]) {
      expect(canonicalScript(text)).toBe(text);
    }
  });
  test("[C6] any text has one, and doing it twice changes nothing more", () => {
    const pieces = [
      "`",
      "${",
      "}",
      "{",
      "/",
      "*",
      "//",
      "\n",
      " ",
      '"',
      "'",
      "a",
      "1",
      ".",
      "+",
      "(",
      "\\",
      "[",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 40 }), (parts) => {
        const once = canonicalScript(parts.join(""));
        expect(canonicalScript(once)).toBe(once);
      }),
      { numRuns: 5000 },
    );
  });
  test("[C7] a long text takes no long time", () => {
    const text = 'const a = `x ${"y"} z`; // note\n'.repeat(20_000);
    expect(canonicalScript(text).length).toBe('const a=`x ${"y"} z`;'.length * 20_000);
  });
});

describe("canonical WGSL", () => {
  test("[C8] white space and nested comments do not count, tokens do", () => {
    expect(canonicalWgsl("fn  main ( ) {\n  let x = 1u; // one\n}")).toBe(
      canonicalWgsl("fn main(){/* a /* b */ // c */let x=1u;}"),
    );
    expect(canonicalWgsl("let x")).not.toBe(canonicalWgsl("letx"));
    expect(canonicalWgsl("let/**/x")).toBe("let x");
    expect(canonicalWgsl("a /* open")).toBe("a /* open");
  });
});
