import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";
import { codeOf } from "../testing/code-of.ts";
import { quantizers } from "../testing/quantizers.ts";
import type { QuantizeOptions } from "./scheme.ts";

/** With a group of zeros, and one of a single weight among them. */
function someWeights(count: number): number[] {
  return Array.from({ length: count }, (_, at) => {
    if (at < 32 || (at < 64 && at !== 40)) return 0;
    return Math.fround(Math.sin(at * 1.7) * Math.cos(at * at) + (at % 3 === 0 ? 0.2 : 0));
  });
}

const groupsOf = (weights: readonly number[], size: number): readonly (readonly number[])[] =>
  Array.from({ length: weights.length / size }, (_, at) => weights.slice(at * size, (at + 1) * size));

const squares = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (value, at) => (value - (b[at] ?? Number.NaN)) ** 2).reduce((sum, one) => sum + one, 0);

describe("quantize", () => {
  test.each(quantizers)(
    "[QN1] %j: each weight as the definition has it, %d bits",
    async (options, bits, one) => {
      const { quant, tensor, reference } = open();
      const weights = someWeights(6 * 64);
      const made = quant.quantize(tensor(weights, { shape: [6, 64] }), options);
      const wanted = groupsOf(weights, 32).flatMap((group) => [...one(group)]);
      expect([made.dtype, made.shape, made.quantized?.bits]).toEqual(["f32", [6, 64], bits]);
      const given = Array.from(await made.data());
      given.forEach((value, at) => expect(value).toBeCloseTo(wanted[at] ?? Number.NaN, 6));
      expect(squares(await reference(made), given)).toBeLessThan(1e-12);
    },
  );

  test("[QN2] groups lie along the axis that is said, or are a whole line of it, or all", async () => {
    const { quant, tensor } = open();
    const w = tensor(someWeights(6 * 64), { shape: [64, 6] });
    const down = quant.quantize(w, { axis: 0 });
    const turned = quant.quantize(w.T);
    expect(await down.T.array()).toEqual(await turned.array());
    const scales = (made: typeof w): unknown => made.quantized?.planes["scales"]?.shape;
    expect(scales(down)).toEqual([12, 1]);
    expect(scales(quant.quantize(w, { group: "channel" }))).toEqual([64, 1]);
    expect(scales(quant.quantize(w, { group: "channel", axis: 0 }))).toEqual([6, 1]);
    expect(scales(quant.quantize(w, { group: "tensor" }))).toEqual([1, 1]);
    expect(scales(quant.quantize(w, { group: 3 }))).toEqual([128, 1]);
    const three = quant.quantize(w.reshape(4, 16, 6), { axis: 1, group: 8 });
    expect([three.shape, scales(three)]).toEqual([
      [4, 16, 6],
      [48, 1],
    ]);
  });

  test.each(["int4", "int2", "ternary", "nf4", "mxfp4"] as const)(
    "[QN3] %s: the range of the least square error is at no group worse than all of it",
    async (format) => {
      const { quant, tensor } = open();
      const weights = someWeights(6 * 64);
      const w = tensor(weights, { shape: [6, 64] });
      const [full, best] = [
        await quant.quantize(w, { format }).data(),
        await quant.quantize(w, { format, range: "mse" }).data(),
      ];
      const errors = groupsOf(weights, 32).map((group, at) =>
        [full, best].map((found) => squares(group, Array.from(found).slice(at * 32, (at + 1) * 32))),
      );
      for (const [whole = 0, less = 0] of errors) expect(less).toBeLessThanOrEqual(whole);
      expect(squares(weights, best)).toBeLessThan(squares(weights, full));
    },
  );

  test("[QN4] of a channel with one weight far off, percentiles leave that out", async () => {
    const { quant, tensor } = open();
    const weights = Array.from({ length: 1024 }, (_, at) => (at === 700 ? 50 : Math.sin(at)));
    const w = tensor(weights, { shape: [1, 1024] });
    const rest = async (options: QuantizeOptions): Promise<number> => {
      const made = Array.from(await quant.quantize(w, { group: "channel", ...options }).data());
      return squares(weights.toSpliced(700, 1), made.toSpliced(700, 1));
    };
    expect(await rest({ range: "percentile", percentile: 99.8 })).toBeLessThan(0.01 * (await rest({})));
    expect(await rest({ range: "percentile", percentile: 100 })).toBe(await rest({}));
  });

  test("[QN5] one scale a channel has less error than one for all, where channels differ", async () => {
    const { quant, tensor } = open();
    const weights = Array.from({ length: 4 * 64 }, (_, at) => Math.sin(at * 3) * 4 ** Math.floor(at / 64));
    const w = tensor(weights, { shape: [4, 64] });
    const errors = ["channel", "tensor"] as const;
    const [channel = 0, all = 0] = await Promise.all(
      errors.map(async (group) => {
        const apart = quant.quantize(w, { group }).sub(w);
        return apart.square().mean(1).div(w.square().mean(1)).mean().item();
      }),
    );
    expect(channel).toBeLessThan(all / 10);
  });

  test("[QN6] codes are made once, and a product reads them", async () => {
    const { quant, random, realize, host, tensor } = open();
    const w = quant.quantize(random.normal([8, 64], { seed: 3 }), { format: "nf4" });
    await realize(w);
    const before = host.graphs.length;
    await tensor.ones([1, 64]).matmul(w.T).data();
    const inputs = host.graphs
      .slice(before)
      .flatMap(({ nodes }) => nodes.filter(({ kind }) => kind === "input"));
    expect(inputs.map(({ type }) => `${type.dtype} ${type.shape.join("x")}`).toSorted()).toEqual([
      "f16 16x1",
      "f32 16",
      "u4 8x64",
    ]);
  });

  test("[QN8] they stay also where nobody asked for them but a product", async () => {
    const { quant, random, host, tensor, tensors } = open();
    const scope = tensors.openScope("cell");
    const w = quant.quantize(random.normal([8, 64], { seed: 3 }));
    const sum = async (): Promise<number> => tensor.ones([1, 64]).matmul(w.T).sum().item();
    const first = await sum();
    const before = host.graphs.length;
    expect(await sum()).toBe(first);
    const nodes = host.graphs.slice(before).flatMap((graph) => graph.nodes);
    expect(nodes.some(({ kind }) => kind === "tileCall")).toBe(false);
    scope.close();
    tensors.openScope("cell");
    expect(host.alive.size).toBe(0);
  });

  test.each([
    { range: "full" },
    { range: "mse" },
    { range: "percentile", percentile: 75 },
    { range: "percentile", percentile: 75, symmetric: false },
  ] as const)("[QN9] %j: a NaN among weights makes its group NaN, and no other", async (options) => {
    const { quant, tensor } = open();
    const w = tensor([Number.NaN, 2, -3, 1, 4, 5, -6, 7], { shape: [2, 4] });
    const given = await quant.quantize(w, { group: 4, ...options }).data();
    expect(Array.from(given, Number.isNaN)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((at) => at < 4));
  });

  test("[QN7] options that do not fit are told", () => {
    const { quant, tensor } = open();
    const w = tensor.ones([6, 64]);
    const code = (options: object): string => codeOf(() => quant.quantize(w, options));
    expect(code({ format: "int3" })).toBe("quant/format");
    expect(code({ format: "int4", levels: [0, 1] })).toBe("quant/format");
    for (const levels of [[1], [1, 1], [1, Number.NaN], "nf4", Array.from({ length: 257 }, (_, at) => at)])
      expect(code({ levels })).toBe("quant/levels");
    for (const group of [0, 48, 1.5, "row"]) expect(code({ group })).toBe("quant/group");
    expect(code({ format: "mxfp4", group: 64 })).toBe("quant/group");
    expect(code({ axis: 2 })).toBe("shape/axis");
    for (const options of [
      { range: "best" },
      { percentile: 50 },
      { percentile: 101 },
      { format: "ternary", range: "percentile" },
    ])
      expect(code(options)).toBe("quant/range");
    for (const format of ["nf4", "ternary"])
      expect(code({ format, symmetric: false })).toBe("quant/symmetric");
    expect(code({ symmetric: 1 })).toBe("quant/symmetric");
    expect(code({ scales: "i8" })).toBe("quant/scales");
    expect(code({ format: "mxfp4", scales: "f16" })).toBe("quant/scales");
    expect(code({ bits: 4 })).toBe("tensor/option");
    expect(codeOf(() => quant.quantize(w.cast("i32")))).toBe("quant/dtype");
    expect(codeOf(() => quant.quantize(tensor(1)))).toBe("shape/axis");
  });
});
