import { seeded } from "@tilebook/base";
import { blockDecoders, decodeBlocks, ggufFile, someBlocks } from "@tilebook/tensor/testing";
import { expect, test } from "vitest";
import { openOnExecutor } from "./executor-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 120_000;

test.each(blockDecoders.flatMap((format) => [2, 9].map((m) => ({ ...format, m }))))(
  "[GQ1] a product of $m rows with $name weights of a file is one launch, which reads the codes",
  async ({ m, ...format }) => {
    const { gguf, random, host } = await openOnExecutor();
    const [n, k] = [5, format.weights * 2];
    const data = someBlocks(format, n * 2, seeded(format.type));
    const file = gguf.read(ggufFile({ tensors: [{ name: "w", type: format.type, sizes: [k, n], data }] }));
    const x = random.normal([m, k], { seed: 1 });
    const product = await x.matmul(file.tensor("w").T).data();
    expect(host.dispatches).toEqual([1]);
    expect(Array.from(await file.tensor("w").data(), noSign)).toEqual(decodeBlocks(format, data).map(noSign));
    const [numbers, weights] = [await x.data(), decodeBlocks(format, data)];
    const wanted = Array.from({ length: m * n }, (_, at) => {
      const [row, column] = [Math.floor(at / n), at % n];
      return weights
        .slice(column * k, column * k + k)
        .reduce((sum, weight, place) => sum + weight * (numbers[row * k + place] ?? 0), 0);
    });
    const apart = wanted.reduce((sum, value, at) => sum + (value - (product[at] ?? 0)) ** 2, 0);
    expect(apart / wanted.reduce((sum, value) => sum + value ** 2, 0)).toBeLessThan(1e-12);
    host.close();
  },
  slowMs,
);

test.each([2, 9])(
  "[GQ2] so is one of %d rows with weights of GPTQ whose groups lie in no order",
  async (m) => {
    const { quant, random, tensor, tensors, host } = await openOnExecutor();
    const [n, k, groups] = [16, 128, 4];
    const weights = quant.gptq({
      qweight: tensor(words((k / 8) * n, 1), { dtype: "i32", shape: [k / 8, n] }),
      qzeros: tensor(words(groups * (n / 8), 2), { dtype: "i32", shape: [groups, n / 8] }),
      scales: random.normal([groups, n], { seed: 3 }).cast("f16"),
      gIdx: tensor(
        Array.from({ length: k }, (_, input) => (input * 7) % groups),
        { dtype: "i32" },
      ),
    });
    await tensors.realize([], [weights]);
    const [x, before] = [random.normal([m, k], { seed: 4 }), host.dispatches.length];
    const made = Array.from(await x.matmul(weights.T).data());
    expect(host.dispatches.slice(before)).toEqual([1]);
    const [numbers, w] = [await x.data(), await weights.data()];
    const wanted = made.map((_, at) => {
      const [row, column] = [Math.floor(at / n), at % n];
      const parts = Array.from(
        { length: k },
        (_none, place) => (numbers[row * k + place] ?? 0) * (w[column * k + place] ?? 0),
      );
      return parts.reduce((sum, part) => sum + part, 0);
    });
    const apart = wanted.reduce((sum, value, at) => sum + (value - (made[at] ?? 0)) ** 2, 0);
    expect(apart / wanted.reduce((sum, value) => sum + value ** 2, 0)).toBeLessThan(1e-12);
    host.close();
  },
  slowMs,
);

function words(count: number, seed: number): number[] {
  const next = seeded(seed);
  return Array.from({ length: count }, () => Math.floor(next() * 2 ** 32) | 0);
}

/** -0 and 0 are one number here: a code of 0 times a negative scale. */
function noSign(value: number): number {
  return value === 0 ? 0 : value;
}

test(
  "[GQ6] every half there is, as numbers and as scales, comes back to the bit from the device into a file",
  async () => {
    const { gguf, host } = await openOnExecutor();
    const halves = Array.from({ length: 65_536 }, (_, bits) => [bits & 255, bits >> 8]);
    const blocks = halves.flatMap((half, at) => [
      ...half,
      ...Array.from({ length: 32 }, (_, i) => (at + i) & 255),
    ]);
    const tensors = [
      { name: "h", type: 1, sizes: [65_536], data: halves.flat() },
      { name: "w", type: 8, sizes: [32, 65_536], data: blocks },
    ];
    const bytes = ggufFile({ tensors });
    const file = gguf.read(bytes);
    expect(await gguf.write({ h: file.tensor("h"), w: file.tensor("w") })).toEqual(bytes);
    host.close();
  },
  slowMs,
);
