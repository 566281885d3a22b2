import { describe, expect, test } from "vitest";
import { irOf, kernelText, lowered, numbered } from "../testing/index.ts";
import { printTile } from "@tilebook/ir";

/** The IR of statements; values are numbered as they appear. */
function ir(params: string, body: string, captured: Readonly<Record<string, unknown>> = {}): string {
  return numbered(irOf(params, body, captured));
}

/** IR as written in a test, without the common indentation. */
function text(indented: string): string {
  const lines = indented.split("\n").slice(1, -1);
  const indent = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return numbered(lines.map((line) => line.slice(indent)).join("\n"));
}

function loop(head: string): string {
  return irOf("x: Ptr, n: i32", `for (${head}) store(x + j, 1)`);
}

describe("values", () => {
  test("[L1] offsets, masks and labels", () => {
    expect(
      ir(
        "x: Ptr, n: i32",
        "const i = programId(1) * B + arange(B); const seen = i < n; store(x + i, load(x + i, seen, 1) * 2, seen)",
        { B: 4 },
      ),
    ).toBe(
      text(`
      %2: i32 = programId 1
      %3: i32 = const 4
      %4: i32 = mul %2, %3
      %5: i32[4] = arange 0 4
      %6: i32[4] = broadcast %4
      %i.7: i32[4] = add %6, %5
      %8: i32[4] = broadcast %n.1
      %seen.9: bool[4] = lt %i.7, %8
      %10: f32 = const 1
      %11: f32[4] = broadcast %10
      %12: f32[4] = load %x.0[%i.7], mask %seen.9, other %11
      %13: f32 = const 2
      %14: f32[4] = broadcast %13
      %15: f32[4] = mul %12, %14
      store %x.0[%i.7], %15, mask %seen.9
      `),
    );
  });

  test("[L2] constants fold and take the dtype beside them", () => {
    expect(
      ir('x: Ptr<"f16">, n: i32', "store(x + n, load(x) * (2 * sizes[1] + cfg.d) + (n > 1.5 ? 1 : 0))", {
        sizes: [3, 4],
        cfg: { d: 1 },
      }),
    ).toBe(
      text(`
      %2: i32 = const 0
      %3: f16 = load %x.0[%2]
      %4: f16 = const 9
      %5: f16 = mul %3, %4
      %6: f32 = cast %n.1
      %7: f32 = const 1.5
      %8: bool = gt %6, %7
      %9: i32 = const 1
      %10: i32 = const 0
      %11: i32 = select %8, %9, %10
      %12: f16 = cast %11
      %13: f16 = add %5, %12
      store %x.0[%n.1], %13
      `),
    );
  });

  test("[L3] integers, masks and floats meet: bool < i32 < f16 < f32", () => {
    expect(ir('x: Ptr, h: Ptr<"f16">, n: i32', "store(x, (n > 0) + n + load(h) + load(x))")).toBe(
      text(`
      %3: i32 = const 0
      %4: bool = gt %n.2, %3
      %5: i32 = cast %4
      %6: i32 = add %5, %n.2
      %7: i32 = const 0
      %8: f16 = load %h.1[%7]
      %9: f16 = cast %6
      %10: f16 = add %9, %8
      %11: i32 = const 0
      %12: f32 = load %x.0[%11]
      %13: f32 = cast %10
      %14: f32 = add %13, %12
      %15: i32 = const 0
      store %x.0[%15], %14
      `),
    );
  });

  test("[L4b] other powers of whole numbers are f32, which holds them", () => {
    expect(ir("y: Ptr, n: i32", "store(y, n ** 9)")).toMatch(/f32 = cast[\s\S]*pow/);
    expect(ir("y: Ptr, n: i32", "store(y, n ** 9)")).not.toContain("f16");
  });
  test("[L4] small whole powers are products", () => {
    expect(ir("x: Ptr", "store(x, load(x) ** 3)")).toBe(
      text(`
      %1: i32 = const 0
      %2: f32 = load %x.0[%1]
      %3: f32 = mul %2, %2
      %4: f32 = mul %3, %2
      %5: i32 = const 0
      store %x.0[%5], %4
      `),
    );
  });

  test("[L5] reductions by axis, of everything, and of two values", () => {
    expect(
      ir(
        "x: Ptr",
        "const t = load(x + (expand(arange(2), 1) * 4 + expand(arange(4), 0))); store(x, max(sum(t, -1), 0) + max(t) + max(1, 2))",
      ),
    ).toBe(
      text(`
      %1: i32[2] = arange 0 2
      %2: i32[2, 1] = reshape %1
      %3: i32 = const 4
      %4: i32[2, 1] = broadcast %3
      %5: i32[2, 1] = mul %2, %4
      %6: i32[4] = arange 0 4
      %7: i32[1, 4] = reshape %6
      %8: i32[2, 4] = broadcast %5
      %9: i32[2, 4] = broadcast %7
      %10: i32[2, 4] = add %8, %9
      %t.11: f32[2, 4] = load %x.0[%10]
      %12: f32[2] = reduce sum %t.11 axis 1
      %13: f32 = reduce max %12 axis 0
      %14: f32[8] = reshape %t.11
      %15: f32 = reduce max %14 axis 0
      %16: f32 = add %13, %15
      %17: f32 = const 2
      %18: f32 = add %16, %17
      %19: i32 = const 0
      store %x.0[%19], %18
      `),
    );
  });

  test("[L5] max and min with a number that is no axis are elementwise", () => {
    expect(ir("x: Ptr", "store(x + arange(4), max(load(x + arange(4)), -1e30))")).toContain("f32[4] = max");
    expect(ir("x: Ptr", "store(x + arange(4), Math.max(load(x + arange(4)), 0))")).toContain("f32[4] = max");
  });

  test("[L5] Math on constants is JavaScript's", () => {
    expect(ir("x: Ptr", "store(x, Math.round(2.5) + Math.cbrt(27) + Math.hypot(3, 4))")).toContain(
      "const 11",
    );
  });

  test("[L6] a sum of f16 is taken in f32", () => {
    expect(ir('x: Ptr<"f16">', "const s = sum(load(x + arange(4)), 0); store(x, s)")).toBe(
      text(`
      %1: i32[4] = arange 0 4
      %2: f16[4] = load %x.0[%1]
      %3: f32[4] = cast %2
      %4: f32 = reduce sum %3 axis 0
      %s.5: f16 = cast %4
      %6: i32 = const 0
      store %x.0[%6], %s.5
      `),
    );
  });

  test("[L7] every op has the span of its expression in the cell", () => {
    const cell = kernelText("x: Ptr, n: i32", "store(x, n + 1);");
    const kernel = lowered(cell);
    const pieces = kernel.body.map(({ kind, span }) => `${kind} ${cell.slice(span?.start, span?.end)}`);
    expect(pieces).toEqual(["const 1", "binary n + 1", "const x", "cast n + 1", "store store(x, n + 1)"]);
    expect(kernel.body.every(({ span }) => span?.source === "cell")).toBe(true);
    expect(cell.slice(kernel.span?.start, kernel.span?.end)).toMatch(/^\(x: Ptr.*\}$/su);
  });
});

describe("control", () => {
  test("[L8] a loop carries what it changes; a start of 0 takes the type it needs", () => {
    expect(
      ir(
        "x: Ptr, n: i32",
        "let s = 0; for (let j = 0; j < n; j += 4) s += load(x + (j + arange(4))); store(x + arange(4), s)",
      ),
    ).toBe(
      text(`
      %2: i32 = const 0
      %13: f32 = const 0
      %14: f32[4] = broadcast %13
      %s.22: f32[4] = for %j.15 = %2 to %n.1 step 4 carry %s.16 = %14 {
        %17: i32[4] = arange 0 4
        %18: i32[4] = broadcast %j.15
        %19: i32[4] = add %18, %17
        %20: f32[4] = load %x.0[%19]
        %s.21: f32[4] = add %s.16, %20
        yield %s.21
      }
      %23: i32[4] = arange 0 4
      store %x.0[%23], %s.22
      `),
    );
  });

  test("[L9] all forms of a counted loop are one", () => {
    const wanted = loop("let j = 0; j < n; j += 1");
    for (const head of ["let j = 0; j < n; j++", "let j = 0; n > j; ++j", "let j = 0; j < n; j = j + 1"]) {
      expect(loop(head)).toBe(wanted);
    }
    for (const head of ["const j of range(n)", "const j of range(0, n)", "const j of range(0, n, 1)"]) {
      expect(loop(head)).toBe(wanted);
    }
    expect(loop("let j = 0; j <= n; j++")).toContain("add %n.1");
  });

  test("[L10] nested loops and branches widen a start together", () => {
    expect(
      ir(
        "x: Ptr, n: i32",
        "let s = 0; for (const i of range(n)) { for (const j of range(i)) { if (j > 1) s += load(x + j); } } store(x, s)",
      ),
    ).toBe(
      text(`
      %2: i32 = const 0
      %42: f32 = const 0
      %s.57: f32 = for %i.43 = %2 to %n.1 step 1 carry %s.44 = %42 {
        %45: i32 = const 0
        %s.56: f32 = for %j.46 = %45 to %i.43 step 1 carry %s.47 = %s.44 {
          %48: i32 = const 1
          %49: bool = gt %j.46, %48
          %s.52: f32 = if %49 {
            %50: f32 = load %x.0[%j.46]
            %s.51: f32 = add %s.47, %50
            yield %s.51
          } else {
            yield %s.47
          }
          yield %s.52
        }
        yield %s.56
      }
      %58: i32 = const 0
      store %x.0[%58], %s.57
      `),
    );
  });

  test("[L11] a start that is used as a float in the loop is one", () => {
    expect(
      irOf("x: Ptr, n: i32", "let s = 0; for (const i of range(n)) s = s / 2 + 1; store(x, s)"),
    ).toContain("f32 = div");
    expect(irOf("x: Ptr, n: i32", "let s = 0; for (const i of range(n)) s = s + 1; store(x, s)")).toContain(
      "s.8: i32 = for",
    );
  });

  test("[L12] a pointer is carried as its offset", () => {
    expect(ir("x: Ptr, n: i32", "let p = x + arange(4); for (const i of range(n)) p += 4; store(p, 0)")).toBe(
      text(`
      %2: i32[4] = arange 0 4
      %3: i32 = const 0
      %p.9: i32[4] = for %i.4 = %3 to %n.1 step 1 carry %p.5 = %2 {
        %6: i32 = const 4
        %7: i32[4] = broadcast %6
        %8: i32[4] = add %p.5, %7
        yield %8
      }
      %10: f32 = const 0
      %11: f32[4] = broadcast %10
      store %x.0[%p.9], %11
      `),
    );
  });

  test("[L13] a branch joins what its arms change", () => {
    expect(ir("x: Ptr, n: i32", "let m = 1; if (n > 3) m = 2; else if (n > 2) m = 0.5; store(x, m)")).toBe(
      text(`
      %2: i32 = const 3
      %3: bool = gt %n.1, %2
      %m.16: f32 = if %3 {
        %10: f32 = const 2
        yield %10
      } else {
        %11: i32 = const 2
        %12: bool = gt %n.1, %11
        %m.15: f32 = if %12 {
          %13: f32 = const 0.5
          yield %13
        } else {
          %14: f32 = const 1
          yield %14
        }
        yield %m.15
      }
      %17: i32 = const 0
      store %x.0[%17], %m.16
      `),
    );
  });

  test("[L14] only the arm that is taken is looked at when the condition is a constant", () => {
    const body =
      "if (FAST) store(x, 1); else nonsense(); store(x, FAST ? 2 : nonsense()); store(x, !FAST && nonsense() ? 3 : 4)";
    expect(
      irOf("x: Ptr", body, { FAST: true })
        .match(/const \d/gu)
        ?.join(),
    ).toBe("const 0,const 1,const 0,const 2,const 0,const 4");
  });

  test("[L15] a choice with a load in it runs one arm only", () => {
    expect(irOf("x: Ptr, n: i32", "store(x, n > 2 ? load(x + n) : 0)")).toContain("f32 = if %3 {");
    expect(irOf("x: Ptr, n: i32", "store(x, n > 2 ? n : 0)")).toContain("= select");
  });

  test("[L16] loops over arrays of constants are written out", () => {
    const body = "for (const [at, w] of TAPS) store(x + at, w);";
    expect(
      irOf("x: Ptr", body, {
        TAPS: [
          [0, 1],
          [2, 0.5],
        ],
      }).match(/store/gu),
    ).toHaveLength(2);
  });
});

describe("functions and data", () => {
  test("[L17] helpers are written out, with defaults, tuples and objects", () => {
    const cell = `
      const scale = (v: Tile, by = 2) => v * by;
      function both(v: Tile) { if (TWICE) return [scale(v), { low: v - 1 }]; return [v, { low: v }]; }
      const k = kernel((x: Ptr) => {
        const [high, { low: l, missing = 7 }] = both(load(x));
        store(x, high + l + missing);
      });`;
    expect(printTile(lowered(cell, { TWICE: true }))).toBe(
      printTile(
        lowered(`
      const k = kernel((x: Ptr) => {
        const v = load(x);
        store(x, v * 2 + (v - 1) + 7);
      });`),
      )
        .replace("%v.2", "%2")
        .replaceAll("%v.2", "%2"),
    );
  });

  test("[L18] functions can be given to functions", () => {
    const cell =
      "const k = kernel((x: Ptr) => { const twice = (f, v) => f(f(v)); store(x, twice((v) => v + 1, load(x))) })";
    expect(printTile(lowered(cell)).match(/ = add/gu)).toHaveLength(2);
  });

  test("[L19] names are JavaScript's: inner ones hide outer ones", () => {
    const cell =
      "const B = 1; const k = kernel((x: Ptr) => { const sum = 2; { const B = 3; store(x, B + sum) } store(x, B) })";
    const constants = printTile(lowered(cell, { B: 1 })).match(/const \d/gu);
    expect(constants?.join()).toBe("const 0,const 5,const 0,const 1");
  });
});
