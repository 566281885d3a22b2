import { oddFaults, oddFormats, oddTensor } from "@tilebook/tensor/testing";
import type { Tensor } from "@tilebook/tensor";
import { expect, test } from "vitest";
import { openOnExecutor } from "./executor-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 120_000;

test.each(oddFormats)(
  "[GQ3] %j: on a GPU, too, a group with an infinity or a NaN is NaN, and others are near theirs",
  async (options) => {
    const cell = await openOnExecutor();
    const made = cell.quant.quantize(oddTensor(cell), options);
    expect(oddFaults(options, await made.data())).toEqual([]);
    cell.host.close();
  },
  slowMs,
);

test(
  "[GQ4] products of bytes and calibrated weights have NaN where the interpreter has it",
  async () => {
    const { quant, tensor, random, host } = await openOnExecutor();
    const codes = tensor([1, 2, -3, 4], { dtype: "i8", shape: [2, 2] });
    const x = tensor([Infinity, 0, 1, -Infinity, NaN, 1, 1, -1], { shape: [4, 2] });
    const weights = { codes, scales: tensor([1, 2]) };
    const product = async (options: object): Promise<number[]> =>
      Array.from(await quant.matmulInt8(x, weights, options).data());
    expect(await product({})).toEqual([NaN, NaN, NaN, NaN, NaN, NaN, -1, -14]);
    expect(await product({ scale: 0.5 })).toEqual([63.5, -381, -126, -514, NaN, NaN, -1, -14]);
    const [w, inputs] = [random.normal([3, 64], { seed: 1 }), random.normal([80, 64], { seed: 2 })];
    const broken = tensor.iota([3, 64]).eq(70).where(Infinity, w);
    const made = Array.from(await quant.calibrate(broken, inputs).data(), Number.isNaN);
    expect(made).toEqual(made.map((_, at) => at >= 64 && at < 128));
    host.close();
  },
  slowMs,
);

test.each(["int4", "nf4", "mxfp4"] as const)(
  "[GQ5] %s: straight-through cuts off nothing of a group that is NaN",
  async (format) => {
    const { quant, tensor, grad, host } = await openOnExecutor();
    const w = tensor.iota([2, 32], "f32").sub(20).div(40);
    const broken = tensor.iota([2, 32]).eq(5).where(NaN, w);
    const slopes = grad((x: Tensor) => quant.fake(x, { format }).mul(3).sum())(broken);
    expect(Array.from(await slopes.data()).slice(0, 32)).toEqual(Array.from({ length: 32 }, () => 3));
    host.close();
  },
  slowMs,
);
