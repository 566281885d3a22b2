import { seeded } from "@tilebook/base";
import { runTileKernel } from "@tilebook/interp";
import { assert, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { lowered } from "../testing/index.ts";
import { scalarProgram } from "../testing/programs.ts";
import { flashAttention, layernorm, matmul, softmax, vectorAdd } from "../testing/kernels.ts";

function numbers(count: number, seed = count): Float64Array {
  const random = seeded(seed);
  return Float64Array.from({ length: count }, () => Math.fround(random() * 2 - 1));
}

function energy(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

function nmse(seen: Float64Array, wanted: Float64Array): number {
  return (
    energy(seen.map((value, index) => value - (wanted[index] ?? NaN))) / Math.max(energy(wanted), 1e-300)
  );
}

function run(
  kernel: ReturnType<typeof lowered>,
  grid: readonly [number, number, number],
  args: readonly (Float64Array | number)[],
): void {
  const { remarks } = runTileKernel(kernel, grid, [...args], { rounding: "f64" });
  expect(remarks).toEqual([]);
}

const at = (list: Float64Array, index: number): number => list[index] ?? NaN;

function attention(
  [q, k, v]: readonly [Float64Array, Float64Array, Float64Array],
  { n, m, d, scale, causal }: { n: number; m: number; d: number; scale: number; causal: boolean },
): Float64Array {
  const out = new Float64Array(n * d);
  for (let row = 0; row < n; row++) {
    const seen = Array.from({ length: m }, (_, column) => column).filter(
      (column) => !causal || column <= row + m - n,
    );
    const scores = seen.map((column) => {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += at(q, row * d + i) * at(k, column * d + i);
      return sum * scale;
    });
    const top = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - top));
    const total = weights.reduce((a, b) => a + b, 0);
    seen.forEach((column, place) => {
      for (let i = 0; i < d; i++)
        out[row * d + i] = at(out, row * d + i) + ((weights[place] ?? NaN) / total) * at(v, column * d + i);
    });
  }
  return out;
}

describe("kernels compiled from text compute what they say", () => {
  test("[R1] vector add", () => {
    const [x, y, out] = [numbers(50, 1), numbers(50, 2), new Float64Array(50)];
    run(lowered(vectorAdd, { BLOCK: 16 }), [4, 1, 1], [x, y, out, 50]);
    expect(out).toEqual(x.map((value, index) => value + at(y, index)));
  });

  test("[R2] softmax of rows that do not fill their tile", () => {
    const [rows, columns] = [3, 21];
    const [x, out] = [numbers(rows * columns), new Float64Array(rows * columns)];
    run(lowered(softmax, { BLOCK: 32 }), [rows, 1, 1], [x, out, columns]);
    const wanted = x.map((value, index) => {
      const start = index - (index % columns);
      const row = x.subarray(start, start + columns);
      return Math.exp(value) / row.reduce((sum, item) => sum + Math.exp(item), 0);
    });
    expect(nmse(out, wanted)).toBeLessThan(1e-24);
  });

  test("[R3] layernorm, with helpers, tuples and moved pointers", () => {
    const [rows, n] = [2, 13];
    const [x, weight, bias, out] = [
      numbers(rows * n),
      numbers(n, 5),
      numbers(n, 6),
      new Float64Array(rows * n),
    ];
    run(lowered(layernorm, { BLOCK: 16, EPSILON: 1e-5 }), [rows, 1, 1], [x, weight, bias, out, n]);
    const wanted = x.map((value, index) => {
      const row = x.subarray(index - (index % n), index - (index % n) + n);
      const mean = row.reduce((a, b) => a + b, 0) / n;
      const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
      return ((value - mean) / Math.sqrt(variance + 1e-5)) * at(weight, index % n) + at(bias, index % n);
    });
    expect(nmse(out, wanted)).toBeLessThan(1e-24);
  });

  test("[R4] matmul of ragged sizes, with carried pointers and an accumulator that starts as 0", () => {
    const [m, n, k] = [19, 23, 37];
    const [a, b, c] = [numbers(m * k, 1), numbers(k * n, 2), new Float64Array(m * n)];
    const kernel = lowered(matmul, { BM: 16, BN: 8, BK: 16 });
    run(kernel, [2, 3, 1], [a, b, c, m, n, k]);
    const wanted = new Float64Array(m * n);
    for (let row = 0; row < m; row++) {
      for (let column = 0; column < n; column++) {
        for (let i = 0; i < k; i++) {
          wanted[row * n + column] =
            at(wanted, row * n + column) + at(a, row * k + i) * at(b, i * n + column);
        }
      }
    }
    expect(nmse(c, wanted)).toBeLessThan(1e-24);
  });

  for (const causal of [false, true]) {
    for (const [n, m] of [
      [16, 16],
      [17, 45],
      [40, 9],
      [1, 33],
    ] as const) {
      test(`[R5] flash attention, ${n} queries, ${m} keys, causal ${causal}`, () => {
        const [d, scale] = [16, 0.25];
        const inputs = [numbers(n * d, 1), numbers(m * d, 2), numbers(m * d, 3)] as const;
        const out = new Float64Array(n * d);
        const kernel = lowered(flashAttention, { BQ: 16, BK: 32, D: d, causal });
        run(kernel, [Math.ceil(n / 16), 1, 1], [...inputs, out, n, m, scale]);
        expect(nmse(out, attention(inputs, { n, m, d, scale, causal }))).toBeLessThan(1e-20);
      });
    }
  }

  test("[R6] scalar programs mean what they mean in JavaScript", () => {
    assert(
      property(scalarProgram, integer({ min: 0, max: 3 }), (body, n) => {
        const [x, out] = [Float64Array.of(0.5, -1.5), new Float64Array(4)];
        const start = "let a = load(x), b = load(x + 1), c = 0, d = -0.5;";
        const stores = "store(out, a); store(out + 1, b); store(out + 2, c); store(out + 3, d);";
        const kernel = lowered(
          `${halve}const k = kernel((x: Ptr, out: Ptr, n: i32) => { ${start}\n${body}\n${stores} });`,
        );
        run(kernel, [1, 1, 1], [x, out, n]);
        expect(Array.from(out, (value) => value + 0)).toEqual(
          inJavaScript(`${halve}let a = 0.5, b = -1.5, c = 0, d = -0.5;\n${body}\nreturn [a, b, c, d];`, n),
        );
      }),
      { numRuns: 80 },
    );
  }, 120_000);
});

const halve = "const halve = (v) => { const w = v; return w - 0.5 * v };\n";

function upTo(end: number): number[] {
  return Array.from({ length: end }, (_, index) => index);
}

function choose(mask: boolean, yes: number, no: number): number {
  return mask ? yes : no;
}

/** The body as JavaScript runs it, with plain numbers for tiles. */
function inJavaScript(body: string, n: number): number[] {
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- the oracle of this test is JavaScript itself
  const compiled: unknown = new Function("range", "where", "minimum", "maximum", "n", body);
  if (typeof compiled !== "function") throw new TypeError("no function");
  const values: unknown = compiled(upTo, choose, Math.min, Math.max, n);
  return Array.isArray(values) ? values.map((value) => Number(value) + 0) : [];
}
