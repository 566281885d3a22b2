import { seeded } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { blockDecoders, decodeBlocks, someBlocks } from "../testing/block-decoders.ts";
import { open, type TestCell } from "../testing/cell.ts";
import { ggufFile } from "../testing/gguf-file.ts";
import type { Tensor } from "../tensor.ts";

type Rows = readonly (readonly number[])[];
const rowsOf = async (x: Tensor): Promise<Rows> => (await x.array()) as Rows;

/** Σ weight of the chosen experts' silu(x W1) W2, in f64. */
async function dense(of: Layer, experts: Rows, weights: Rows): Promise<readonly number[]> {
  const [x, w1, w2] = (await Promise.all(
    [of.x, of.w1, of.w2].map((tensor) => tensor.array()),
  )) as unknown as [Rows, readonly Rows[], readonly Rows[]];
  const times = (row: readonly number[], w: Rows = []): readonly number[] =>
    (w[0] ?? []).map((_, column) => row.reduce((sum, value, k) => sum + value * (w[k]?.[column] ?? 0), 0));
  return x.flatMap((row, token) => {
    const parts = (experts[token] ?? []).map((expert, slot) => {
      const hidden = times(row, w1[expert]).map((value) => value / (1 + Math.exp(-value)));
      return times(hidden, w2[expert]).map((value) => value * (weights[token]?.[slot] ?? 0));
    });
    return (parts[0] ?? []).map((_, column) => parts.reduce((sum, part) => sum + (part[column] ?? 0), 0));
  });
}

interface Layer {
  readonly x: Tensor;
  readonly logits: Tensor;
  readonly w1: Tensor;
  readonly w2: Tensor;
}

function layer(
  cell: TestCell,
  sizes: { tokens: number; width: number; hidden: number; experts: number },
): Layer {
  const { tokens, width, hidden, experts } = sizes;
  const normal = (shape: readonly number[], seed: number): Tensor => cell.random.normal(shape, { seed });
  return {
    x: normal([tokens, width], 1),
    logits: normal([tokens, experts], 2),
    w1: normal([experts, width, hidden], 3),
    w2: normal([experts, hidden, width], 4),
  };
}

function nmse(found: ArrayLike<number>, wanted: readonly number[]): number {
  const error = wanted.reduce((sum, value, at) => sum + (value - (found[at] ?? NaN)) ** 2, 0);
  return error / wanted.reduce((sum, value) => sum + value ** 2, 0);
}

describe("a layer of experts", () => {
  test.each([
    { tokens: 20, width: 12, hidden: 9, experts: 5, k: 2 },
    { tokens: 1, width: 3, hidden: 2, experts: 7, k: 3 },
    { tokens: 33, width: 16, hidden: 8, experts: 1, k: 1 },
  ])(
    "[ME1] $experts experts, $k of them for $tokens tokens: as each expert by itself in f64",
    async (sizes) => {
      const cell = open();
      const { moe } = cell;
      const of = layer(cell, sizes);
      const routed = moe.route(of.logits, { k: sizes.k, score: "chosen" });
      const y = moe.experts(of.x, routed, (rows, times) => times(times(rows, of.w1).silu(), of.w2));
      const wanted = await dense(of, await rowsOf(routed.experts), await rowsOf(routed.weights));
      expect(nmse(await y.data(), wanted)).toBeLessThan(1e-10);
    },
  );
});

describe("weights of few bits", () => {
  const group = 8;

  /** Codes [experts, out, in] as a person writes their numbers. */
  function coded(
    cell: TestCell,
    [experts, out, inner]: readonly [number, number, number],
    seed: number,
  ): Tensor {
    const shape = [experts, out, inner];
    const codes = cell.random.uniform(shape, { seed, high: 16 }).floor().cast("u4");
    const scales = cell.random.uniform([experts, out, inner / group, 1], { seed: seed + 1 }).cast("f16");
    const grouped = codes
      .cast("f32")
      .sub(8)
      .reshape(experts, out, inner / group, group);
    return grouped.mul(scales).reshape(shape);
  }

  test("[MQ1] are decoded where they are multiplied, both ways: no buffer as large as their numbers", async () => {
    const cell = open();
    const { moe, random, host, compare } = cell;
    const x = random.normal([9, 24], { seed: 1 });
    const routed = moe.route(random.normal([9, 3], { seed: 2 }), { k: 2 });
    const [up, down] = [coded(cell, [3, 16, 24], 3), coded(cell, [3, 24, 16], 5)];
    const turned = moe.experts(x, routed, (rows, times) =>
      times(times(rows, up, { transposed: true }).silu(), down.permute(0, 2, 1)),
    );
    const straight = moe.experts(x, routed, (rows, times) => times(times(rows, down).silu(), up));
    const byNumbers = up.add(0);
    const wanted = moe.experts(x, routed, (rows, times) => times(rows, byNumbers.permute(0, 2, 1)));
    const found = moe.experts(x, routed, (rows, times) => times(rows, up, { transposed: true }));
    for (const y of [turned, straight, found]) expect((await compare(y)).nmse).toBeLessThan(1e-10);
    expect((await compare(found, wanted)).nmse).toBeLessThan(1e-10);
    const texts = host.graphs.flatMap(({ kernels }) => kernels.map(({ name }) => name));
    expect(texts.filter((name) => name.startsWith("moe_product_u4"))).not.toEqual([]);
  });

  test.each(blockDecoders)("[MQ2] of $name, as files have them, are read as codes", async (format) => {
    const { gguf, moe, random, host } = open();
    const [experts, out, inner] = [3, 4, format.weights];
    const data = someBlocks(format, experts * out, seeded(format.type));
    const tensors = [{ name: "w", type: format.type, sizes: [inner, out, experts], data }];
    const w = gguf.read(ggufFile({ tensors })).tensor("w");
    const x = random.normal([5, inner], { seed: 1 });
    const routed = moe.route(random.normal([5, experts], { seed: 2 }), { k: 1 });
    const y = await moe.experts(x, routed, (rows, times) => times(rows, w, { transposed: true })).data();
    const [rows, chosen] = [await rowsOf(x), await rowsOf(routed.experts)];
    const [numbers, weights] = [decodeBlocks(format, data), await rowsOf(routed.weights)];
    const wanted = rows.flatMap((row, token) => {
      const first = (chosen[token]?.[0] ?? 0) * out;
      return Array.from({ length: out }, (_, column) => {
        const side = numbers.slice((first + column) * inner, (first + column + 1) * inner);
        return (
          (weights[token]?.[0] ?? 0) * side.reduce((sum, weight, at) => sum + weight * (row[at] ?? 0), 0)
        );
      });
    });
    expect(nmse(y, wanted)).toBeLessThan(1e-10);
    const names = host.graphs.flatMap(({ kernels }) => kernels.map(({ name }) => name));
    expect(names.filter((name) => /^moe_product_[ui]\d/.test(name))).toHaveLength(1);
  });
});
