import { describe, expect, test } from "vitest";
import type { Tensor } from "../tensor.ts";
import { open, type TestCell } from "../testing/cell.ts";
import { codeOf } from "../testing/code-of.ts";
import type { CalibrateOptions } from "./calibrate.ts";

/** Inputs that go together: a few causes, and a little noise. */
function together({ random }: TestCell, samples: number, inputs: number): Tensor {
  const causes = random.normal([samples, 6], { seed: 1 }).matmul(random.normal([6, inputs], { seed: 2 }));
  return causes.add(random.normal([samples, inputs], { seed: 3, deviation: 0.3 }));
}

/** How far products with x are off: the mean square. */
async function missed(x: Tensor, w: Tensor, made: Tensor): Promise<number> {
  return x.matmul(made.sub(w).T).square().mean().item();
}

/** The inverse, by Gauss and Jordan. */
function inverse(matrix: readonly (readonly number[])[]): number[][] {
  const n = matrix.length;
  const rows = matrix.map((row, at) => [...row, ...row.map((_, column) => (column === at ? 1 : 0))]);
  for (let at = 0; at < n; at++) {
    const pivot = rows[at] ?? [];
    const by = pivot[at] ?? 1;
    rows[at] = pivot.map((value) => value / by);
    rows.forEach((row, other) => {
      if (other === at) return;
      const much = row[at] ?? 0;
      rows[other] = row.map((value, column) => value - much * (rows[at]?.[column] ?? 0));
    });
  }
  return rows.map((row) => row.slice(n));
}

/** By the words of the paper: after each column, the inverse of what is left of the Hessian says how the others make up for it. */
function byThePaper(
  row: readonly number[],
  hessian: readonly (readonly number[])[],
  round: (value: number, at: number) => number,
): number[] {
  const left = [...row];
  return row.map((_, at) => {
    const rest = inverse(hessian.slice(at).map((line) => line.slice(at)));
    const kept = round(left[at] ?? 0, at);
    const missing = ((left[at] ?? 0) - kept) / (rest[0]?.[0] ?? 1);
    rest[0]?.forEach((much, behind) => (left[at + behind] = (left[at + behind] ?? 0) - missing * much));
    return kept;
  });
}

describe("weights that are calibrated by inputs", () => {
  test("[QC1] each weight as the paper has it", async () => {
    const cell = open();
    const { quant, random } = cell;
    const x = together(cell, 40, 16);
    const w = random.normal([5, 16], { seed: 4 });
    const options = { group: 8, scales: "f32" } as const;
    const made = await quant.calibrate(w, x, { ...options, damping: 0.05 }).array();
    const products = (await x.T.matmul(x).array()) as number[][];
    const mean = products.reduce((sum, line, at) => sum + (line[at] ?? 0), 0) / 16;
    const hessian = products.map((line, row) =>
      line.map((value, column) => value + (row === column ? 0.05 * mean : 0)),
    );
    const scales = Array.from((await quant.quantize(w, options).quantized?.planes["scales"]?.data()) ?? []);
    const rows = (await w.array()) as number[][];
    const wanted = rows.map((row, at) =>
      byThePaper(row, hessian, (value, column) => {
        const scale = scales[at * 2 + Math.floor(column / 8)] ?? 1;
        return Math.min(7, Math.max(-8, Math.round(value / scale))) * scale;
      }),
    );
    (made as number[][]).forEach((row, at) =>
      row.forEach((value, column) => expect(value).toBeCloseTo(wanted[at]?.[column] ?? Number.NaN, 5)),
    );
  });

  test.each([
    { format: "int4" },
    { format: "int2", range: "mse" },
    { format: "ternary", range: "mse" },
    { format: "nf4" },
    { format: "mxfp4" },
    { format: "int2", symmetric: false },
    { format: "int4", group: "tensor" },
  ] as readonly CalibrateOptions[])(
    "[QC2] %j: products with inputs that go together are much nearer",
    async (options) => {
      const cell = open();
      const { quant, random } = cell;
      const [x, fresh] = [together(cell, 128, 64), together(cell, 256, 64).slice(0, 128)];
      const w = random.normal([12, 64], { seed: 4 });
      const [rounded, calibrated] = [quant.quantize(w, options), quant.calibrate(w, x, options)];
      expect(calibrated.quantized?.bits).toBe(rounded.quantized?.bits);
      expect(await missed(fresh, w, calibrated)).toBeLessThan(0.6 * (await missed(fresh, w, rounded)));
    },
  );

  test("[QC3] inputs that have nothing to do with each other change nothing; axes and views as in quantize", async () => {
    const { quant, random, tensor } = open();
    const w = random.normal([32, 6], { seed: 4 });
    const alone = quant.calibrate(w, tensor.eye(32), { axis: 0 });
    expect(await alone.array()).toEqual(await quant.quantize(w, { axis: 0 }).array());
    expect(alone.shape).toEqual([32, 6]);
    const samples = random.normal([2, 20, 32], { seed: 5 });
    const [one, other] = [
      quant.calibrate(w, samples, { axis: 0 }),
      quant.calibrate(w.T, samples.reshape(40, 32)),
    ];
    expect(await one.T.array()).toEqual(await other.array());
  });

  test.each(["int4", "nf4", "ternary", "mxfp4"] as const)(
    "[QC5] %s: inputs with a NaN leave no number that one could take for calibrated",
    async (format) => {
      const { quant, random, tensor } = open();
      const [w, x] = [random.normal([32, 4], { seed: 1 }), random.normal([9, 32], { seed: 2 })];
      const isOne = tensor.iota([9, 32]).eq(40);
      const made = await quant.calibrate(w, isOne.where(Number.NaN, x), { format, axis: 0 }).data();
      expect(Array.from(made).filter((value) => Number.isFinite(value) && value !== 0)).toEqual([]);
      const good = await quant.calibrate(w, x, { format, axis: 0 }).data();
      expect(good.every((value) => Number.isFinite(value))).toBe(true);
    },
  );

  test("[QC4] what does not fit is told", () => {
    const { quant, tensor } = open();
    const [w, x] = [tensor.ones([4, 32]), tensor.ones([8, 32])];
    for (const act of [
      () => quant.calibrate(w, x.T),
      () => quant.calibrate(w, x.row(0)),
      () => quant.calibrate(w, x, { damping: 0 }),
      () => quant.calibrate(tensor.ones([2, 1024]), tensor.ones([2, 1024])),
    ])
      expect(codeOf(act)).toBe("quant/inputs");
    expect(codeOf(() => quant.calibrate(w, x.cast("i32")))).toBe("quant/dtype");
    expect(codeOf(() => quant.calibrate(w, x, { clip: true } as never))).toBe("tensor/option");
  });
});
