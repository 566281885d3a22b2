import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../tensor.ts";
import { open, type TestCell } from "../testing/cell.ts";
import { codeOf } from "../testing/code-of.ts";
import type { FakeOptions } from "./fake.ts";

/** The gradient of the sum of c times what `fake` gives. */
async function passed(cell: TestCell, weights: readonly number[], options: FakeOptions): Promise<number[]> {
  const { quant, grad, tensor } = cell;
  const w = tensor(weights, { shape: [1, weights.length] });
  const c = tensor.iota([1, weights.length], "f32").add(1);
  const slope = grad((x: Tensor) => quant.fake(x, options).mul(c).sum())(w);
  return Array.from(await slope.data());
}

/** So many handwritten digits, [count, 64] and what they are, that ship with Tilebook. */
function someDigits({ tensor }: TestCell, from: number, count: number): { x: Tensor; y: Tensor } {
  const file = resolve(import.meta.dirname, "../../../../public/notebooks/data/digits.csv.gz");
  const lines = gunzipSync(readFileSync(file)).toString().trim().split("\n");
  const rows = lines.slice(from, from + count).map((line) => line.split(",").map(Number));
  return {
    x: tensor(rows.map((row) => row.slice(0, 64))).div(16),
    y: tensor(
      rows.map((row) => row[64] ?? 0),
      { dtype: "i32" },
    ),
  };
}

describe("fake quantization", () => {
  test("[QK1] gives what quantize gives, as codes", async () => {
    const { quant, random } = open();
    const w = random.normal([4, 64], { seed: 1 });
    for (const options of [
      {},
      { format: "nf4", axis: 0, group: 4 },
      { format: "int2", symmetric: false },
    ] as const) {
      const [fake, real] = [quant.fake(w, options), quant.quantize(w, options)];
      expect(await fake.data()).toEqual(await real.data());
      expect(fake.quantized?.bits).toBe(real.quantized?.bits);
    }
  });

  test("[QK2] the gradient passes by where codes reach, and ends where they do not", async () => {
    const cell = open();
    const weights = [-4, 3, 1, 0];
    const all = { group: "tensor", scales: "f32" } as const;
    expect(await passed(cell, weights, { ...all, format: "int4" })).toEqual([1, 2, 3, 4]);
    // -2, -1, 0 and 1 times 2: 3 is half a step beyond 2, and reached.
    expect(await passed(cell, weights, { ...all, format: "int2" })).toEqual([1, 2, 3, 4]);
    expect(await passed(cell, [-4, 3.5, 1, 0], { ...all, format: "int2" })).toEqual([1, 0, 3, 4]);
    expect(await passed(cell, [-4, 3.5, 1, 0], { ...all, format: "int2", clip: false })).toEqual([
      1, 2, 3, 4,
    ]);
    // The mean magnitude is 2: up to 3 is reached.
    expect(await passed(cell, weights, { ...all, format: "ternary" })).toEqual([0, 2, 3, 4]);
    expect(await passed(cell, weights, { ...all, format: "int4", symmetric: false })).toEqual([1, 2, 3, 4]);
    const cut = { range: "percentile", percentile: 75, symmetric: false } as const;
    expect(await passed(cell, [-9, 3, 1, 0, 9], { ...all, ...cut })).toEqual([0, 2, 3, 4, 0]);
    expect(await passed(cell, weights, { levels: [-1, 0, 0.5], group: "tensor" })).toEqual([1, 0, 3, 4]);
  });

  test.each(["int4", "int2", "nf4", "ternary", "fp8", "mxfp4"] as const)(
    "[QK6] %s: in a group that is NaN all get the gradient of the result, which says so; none is cut off",
    async (format) => {
      const cell = open();
      const ones = Array.from({ length: 31 }, (_, at) => at / 31);
      for (const odd of [Number.NaN, Infinity, -Infinity])
        for (const more of format.startsWith("int") ? [{}, { symmetric: false }] : [{}])
          expect(await passed(cell, [odd, ...ones], { format, ...more })).toEqual(
            Array.from({ length: 32 }, (_, at) => at + 1),
          );
    },
  );

  test("[QK3] of digits, weights of two bits that were trained so read more than those that were rounded afterwards", async () => {
    const cell = open();
    const { quant, trainer, optimizers, nn, tensor } = cell;
    const [lessons, examination] = [someDigits(cell, 0, 300), someDigits(cell, 1000, 200)];
    const options = { format: "int2", axis: 0, group: "tensor" } as const;
    const trained = async (start: Tensor, how: (w: Tensor) => Tensor, steps: number): Promise<Tensor> => {
      const model = trainer({ params: start, optimizer: optimizers.adam({ rate: 0.05 }) });
      while (model.count < steps)
        await model.step((w) => nn.crossEntropy(lessons.x.matmul(how(w)), lessons.y));
      return model.params;
    };
    const reads = async (w: Tensor): Promise<number> =>
      nn.accuracy(examination.x.matmul(quant.quantize(w, options)), examination.y).item();
    const plain = await trained(tensor.zeros([64, 10]), (w) => w, 30);
    const aware = await trained(plain, (w) => quant.fake(w, options), 20);
    const [rounded, learned] = [await reads(plain), await reads(aware)];
    expect(learned).toBeGreaterThan(rounded + 0.05);
    expect(learned).toBeGreaterThan(0.88);
  });

  test("[QK4] options that do not fit are told", () => {
    const { quant, tensor } = open();
    expect(codeOf(() => quant.fake(tensor.ones([2, 32]), { clip: 1 } as never))).toBe("quant/clip");
    expect(codeOf(() => quant.fake(tensor.ones([2, 32]), { bits: 2 } as never))).toBe("tensor/option");
    expect(codeOf(() => quant.fake(tensor([1], { dtype: "i32" })))).toBe("quant/dtype");
  });
});
