import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalScript, canonicalWgsl } from "./canonical.ts";

const same = (a: string, b: string): void => expect(canonicalScript(a)).toBe(canonicalScript(b));
const differ = (a: string, b: string): void => expect(canonicalScript(a)).not.toBe(canonicalScript(b));

describe("canonical script", () => {
  test("[C1] white space, line breaks inside of expressions, and comments do not count", () => {
    same("const x = f(a, b)", "const x=f(\n  a,\n  b\n)");
    same("const x = 1 // one", "/* one */ const   x = 1\n\n// the end");
    same("data\n  .map(f)", "data.map(f)");
    same("`a ${ x } b`", "`a ${x} b`");
  });
  test("[C2] white space in strings, templates and regular expressions counts", () => {
    differ('x = "a b"', 'x = "a  b"');
    differ("x = `a b`", "x = `a  b`");
    differ("x = /a b/", "x = /a  b/");
    differ("x = `${'a b'}`", "x = `${'a  b'}`");
    differ('x = /"/; y = "a b"', 'x = /"/; y = "a  b"');
    differ('x = a / b; y = "/ c"', 'x = a / b; y = "/c"');
    differ('x = "// a"', 'x = "// b"');
  });
  test("[C3] a line break that ends a statement counts", () => {
    differ("return\nx", "return x");
    differ("a\n++b", "a ++\nb");
    differ("x = /re/\ny", "x = /re/y");
  });
  test("[C4] tokens never merge", () => {
    differ("a + +b", "a ++b");
    differ("let x", "letx");
    differ("1 .toFixed()", "1.toFixed()");
    differ("a / /b/.c", "a //b/.c");
  });
  test("[C5] text it cannot follow counts as it stands", () => {
    for (const text of ["x = 'a", "x = `a ${", "/* open", "x = `a ${'}`"])
      expect(canonicalScript(text + "  ")).not.toBe("");
    differ("x = 'a  ", "x = 'a ");
  });
  test("[C6] it ends on any text", () => {
    const pieces = fc.constantFrom(
      "`",
      "${",
      "}",
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
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const once = canonicalScript(parts.join(""));
        expect(typeof once).toBe("string");
      }),
      { numRuns: 2000 },
    );
  });
});

describe("canonical WGSL", () => {
  test("[C7] white space and nested comments do not count, tokens do", () => {
    expect(canonicalWgsl("fn  main ( ) {\n  let x = 1u; // one\n}")).toBe(
      canonicalWgsl("fn main(){/* a /* b */ // c */let x=1u;}"),
    );
    expect(canonicalWgsl("let x")).not.toBe(canonicalWgsl("letx"));
    expect(canonicalWgsl("a /* open")).toBe("a /* open");
  });
});
