import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";
import { oddFaults, oddFormats, oddTensor } from "../testing/odd-weights.ts";

const { NaN: none } = Number;

describe("weights that are no numbers, or hardly", () => {
  test.each(oddFormats)(
    "[QO1] %j: a group with an infinity or a NaN is NaN, others are near theirs",
    async (options) => {
      const cell = open();
      const made = cell.quant.quantize(oddTensor(cell), options);
      expect(oddFaults(options, await made.data())).toEqual([]);
      expect(oddFaults(options, await cell.reference(made))).toEqual([]);
    },
  );

  test.each([
    { format: "int8" },
    { format: "int4", symmetric: false },
    { format: "nf4" },
    { format: "fp8" },
  ] as const)(
    "[QO2] %j: percentiles leave an infinity out, which becomes the end of its side",
    async (options) => {
      const { quant, tensor } = open();
      const near = Array.from({ length: 30 }, (_, at) => (at + 1) / 30);
      const both = [Infinity, -Infinity, ...near, -Infinity, ...near.map((one) => -one), 0];
      const w = tensor(both, { shape: [2, 32] });
      const found = Array.from(
        await quant.quantize(w, { ...options, range: "percentile", percentile: 90 }).data(),
      );
      const [first, second] = [found.slice(0, 32), found.slice(32)];
      expect(found.every(Number.isFinite)).toBe(true);
      expect([first[0], first[1], second[0]]).toEqual([
        Math.max(...first),
        Math.min(...first),
        Math.min(...second),
      ]);
      expect(Math.min(...second)).toBeLessThan(-0.8);
    },
  );

  test.each([undefined, 0.5])(
    "[QO3] a row with a NaN has products of bytes that are NaN, as one with an infinity if its scale is of the row (%s)",
    async (scale) => {
      const { quant, tensor } = open();
      const codes = tensor([1, 2, -3, 4], { dtype: "i8", shape: [2, 2] });
      const x = tensor([Infinity, 0, 1, -Infinity, none, 1, -0, 1e-40, 1, -1], { shape: [5, 2] });
      const made = quant.matmulInt8(
        x,
        { codes, scales: tensor([1, 2]) },
        scale === undefined ? {} : { scale },
      );
      const cut = [63.5, -381, -126, -514].map((one) => (scale === undefined ? none : one));
      expect(Array.from(await made.data(), (one) => (Math.abs(one) < 1e-37 ? 0 : one))).toEqual([
        ...cut,
        none,
        none,
        0,
        0,
        -1,
        -14,
      ]);
    },
  );

  test.each(["int4", "nf4", "mxfp4"] as const)(
    "[QO4] %s: calibrated weights of a row with a weight that is no number are NaN, other rows as they were",
    async (format) => {
      const { quant, random, tensor } = open();
      const [w, x] = [random.normal([3, 64], { seed: 1 }), random.normal([80, 64], { seed: 2 })];
      const wanted = Array.from(await quant.calibrate(w, x, { format }).data());
      for (const odd of [Infinity, -Infinity, none]) {
        const broken = tensor.iota([3, 64]).eq(70).where(odd, w);
        const found = Array.from(await quant.calibrate(broken, x, { format }).data());
        expect(found).toEqual(wanted.map((one, at) => (at >= 64 && at < 128 ? none : one)));
      }
    },
  );
});
