import { Fault } from "@tilebook/base";
import { printTile, readTile, verifyTile } from "@tilebook/ir";
import { assert, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { analyzeCell } from "../analyze.ts";
import { flashAttention, layernorm, matmul, softmax, vectorAdd } from "../testing/kernels.ts";
import { mutated } from "../testing/mutate.ts";
import { checkKernels, kernelTypes } from "../check/check.ts";
import { lowerKernel } from "./lower.ts";

const captured = {
  BLOCK: 16,
  BLOCKS: [16, 16, 16],
  EPSILON: 1e-5,
  BM: 16,
  BN: 8,
  BK: 16,
  BQ: 16,
  D: 16,
  causal: true,
};

const odd = `const odd = kernel((x: Ptr<"f16">, i: Ptr<"i32">, n: i32, u: u32, s: f32, b: bool) => {
  let t = 0, p = x + n;
  for (const j of range(n)) {
    if (b && j > 3) { t += load(p) / 2; p += 1 } else for (const w of [1, 2.5]) t = maximum(t, w * s);
    t = j % 2 == 0 ? t : -t;
  }
  const f = ([a, c] = [1, 2], { d } = { d: [a, c] }) => d.length + a ** c;
  const g = where(arange(8) < n, exp(s), f()), h = reshape(g, [2, 4]).T;
  store(i + arange(8), g.to("i32"), load(i + arange(8)) !== idiv(n, cdiv(u.to("i32"), 3)));
  store(x + sum(h.to("i32")), t + max(h, 0) + dot(h, h.T, 1) + Math.max(s, 1, n));
});`;

/** A kernel or a Fault that points into the text; nothing else, for any text. */
function outcome(text: string): "kernel" | "fault" {
  try {
    const kernel = lowerKernel({ source: "cell", text, kernel: "k0", captured });
    verifyTile(kernel);
    expect(printTile(readTile(printTile(kernel)))).toBe(printTile(kernel));
    return "kernel";
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(error.code).toMatch(/^(kernel|syntax)\//u);
    expect(error.span?.source).toBe("cell");
    expect(error.span?.start).toBeLessThanOrEqual(error.span?.end ?? -1);
    expect(error.span?.end).toBeLessThanOrEqual(text.length);
    return "fault";
  }
}

function store(value: string): string {
  return `kernel((x: Ptr, n: i32) => { store(x, ${value}) })`;
}

describe("any kernel", () => {
  test("[Y1] a mutated kernel becomes valid Tile IR or a fault in its text", () => {
    assert(
      property(
        mutated([vectorAdd, softmax, layernorm, matmul, flashAttention, odd]),
        (text) => void outcome(text),
      ),
      {
        numRuns: 200,
      },
    );
  });

  test("[Y2] deep and long expressions end in a kernel or a fault", () => {
    expect(outcome(store("(".repeat(50) + "n" + ")".repeat(50)))).toBe("kernel");
    expect(outcome(store("(".repeat(5_000) + "n" + ")".repeat(5_000)))).toBe("fault");
    expect(outcome(store(`n${" + n".repeat(200)}`))).toBe("kernel");
    expect(outcome(store(`n${" + n".repeat(20_000)}`))).toBe("fault");
    const nest = "let s = 0; " + "for (const i of range(n)) ".repeat(20);
    expect(
      outcome(`kernel((x: Ptr, n: i32) => { ${nest} s = s / 2 + arange(4); store(x + arange(4), s) })`),
    ).toBe("kernel");
    expect(outcome(`kernel((x: Ptr, n: i32) => { ${nest} s = s / 2 + nonsense; })`)).toBe("fault");
  });

  test("[Y3] the editor's check finds the same faults, for kernels whose constants are known", () => {
    const text =
      "const a = kernel((x: Ptr) => { store(x, arange(B)) });\nconst b = kernel((x: Ptr) => { store(x, y) });";
    const analysis = analyzeCell({ id: "cell", text }, { globals: new Set() });
    const check = (constants: Readonly<Record<string, unknown>>): string[] =>
      checkKernels({ source: "cell", text, analysis, constants, defined: new Set(["B", "y"]) }).map(
        ({ fault }) => fault.code,
      );
    expect(check({})).toEqual(["kernel/shapes"]);
    expect(check({ B: 4 })).toEqual(["kernel/shapes"]);
    expect(check({ B: 3 })).toEqual(["kernel/size"]);
    expect(check({ B: 1, y: {} })).toEqual(["kernel/shapes", "kernel/type"]);
  });

  test("[Y4] the editor knows the type of every name", () => {
    const analysis = analyzeCell({ id: "cell", text: matmul }, { globals: new Set() });
    const hints = kernelTypes({ source: "cell", text: matmul, analysis, constants: captured });
    const said = hints.map(({ name, span, type }) => {
      expect(matmul.slice(span.start, span.end)).toBe(name);
      return `${name}: ${type}`;
    });
    expect(said).toEqual([
      "a: a pointer to f32",
      "b: a pointer to f32",
      "c: a pointer to f32",
      "m: i32",
      "n: i32",
      "k: i32",
      "rows: i32[16, 1]",
      "columns: i32[1, 8]",
      "inner: i32[16]",
      "left: a pointer to f32",
      "right: a pointer to f32",
      "acc: f32[16, 8]",
      "start: i32",
      "rest: bool[16]",
      "aTile: f32[16, 16]",
      "bTile: f32[16, 8]",
    ]);
  });
});
