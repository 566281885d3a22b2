import { describe, expect, test } from "vitest";
import { knownConstants } from "./constants.ts";

const known = (...texts: string[]): unknown =>
  knownConstants(texts.map((text, index) => ({ id: `c${index}`, text })));

describe("constants known from the texts", () => {
  test("[C1] literals, arithmetic, arrays, objects, members and Math, across cells", () => {
    expect(
      known(
        "const B = A * 2, C = [A, -B], D = { x: C[1], s: 'f16' as const }",
        "const A = 4, E = Math.sqrt(A) > 1 && !F, F = false",
      ),
    ).toEqual({
      A: 4,
      B: 8,
      C: [4, -8],
      D: { x: -8, s: "f16" },
      E: true,
      F: false,
    });
  });

  test("[C4] names taken from arrays and objects", () => {
    expect(
      known(
        "const [A, [, B]] = [1, [2, 3]], { C, d: { E } } = { C: A + 1, d: { E: 5 } }, [F, ...G] = [6, 7], [H = 8] = [9]",
      ),
    ).toEqual({ A: 1, B: 3, C: 2, E: 5, F: 6 });
    expect(known("const [A] = 3, { B } = {}, [C] = f()")).toEqual({});
  });

  test("[C2] what runs, changes, repeats, depends on itself or cannot be read is left out", () => {
    expect(
      known(
        "let a = 1; const b = f(), c = await 2, d = Math.random(), e = e0",
        "const x = y, y = x; const g = () => 1",
        "const twice = 1",
        "const twice = 2",
        "const broken =",
      ),
    ).toEqual({});
  });

  test("[C3] inner names do not leak", () => {
    expect(known("const A = 1; { const B = 2 } function f() { const C = 3 }")).toEqual({ A: 1 });
    expect(known("const Math = { PI: 3 }; const P = Math.PI")).toEqual({ Math: { PI: 3 }, P: 3 });
  });
});
