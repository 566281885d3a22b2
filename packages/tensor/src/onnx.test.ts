// Operators of ONNX in this language, against their definitions worked out here number by number.
import { describe, expect, test } from "vitest";
import type { Tensor } from "./tensor.ts";
import { open } from "./testing/cell.ts";

const { einsum, random, tensor } = open();

async function numbers(of: Tensor): Promise<readonly number[]> {
  return Array.from(await of.data());
}

function expectNear(found: readonly number[], wanted: readonly number[]): void {
  expect(found).toHaveLength(wanted.length);
  found.forEach((value, at) => expect(value).toBeCloseTo(wanted[at] ?? Number.NaN, 5));
}

describe("Softmax", () => {
  test.each([0, 1, 2, -1])("[OX1] along axis %i: e^x over their sum", async (axis) => {
    const shape = [3, 4, 5];
    const x = random.normal(shape, { seed: 1 });
    const xs = await numbers(x);
    const at = (axis + 3) % 3;
    const [size = 1, stride] = [shape[at], shape.slice(at + 1).reduce((a, b) => a * b, 1)];
    const wanted = xs.map((value, place) => {
      const first = place - (Math.floor(place / stride) % size) * stride;
      const total = Array.from({ length: size }, (_, i) => Math.exp(xs[first + i * stride] ?? 0)).reduce(
        (a, b) => a + b,
      );
      return Math.exp(value) / total;
    });
    expectNear(await numbers(x.softmax(axis)), wanted);
  });

  test("[OX2] of large numbers, which e^x has no numbers for", async () => {
    const far = tensor([
      [0, 1, 2, 3],
      [10_000, 10_001, 10_002, 10_003],
    ]);
    const [first, second] = [0, 1].map((row) => far.softmax().row(row)) as [Tensor, Tensor];
    expectNear(await numbers(second), await numbers(first));
  });
});

/** As ONNX says it, in plain maths: mean and variance over the axes from `axis` on; the variance is that of all, not of a sample. */
const layerNorm = (x: Tensor, scale: Tensor, bias: Tensor, { axis = -1, epsilon = 1e-5 }): Tensor => {
  const from = (axis + x.rank) % x.rank;
  const axes = Array.from({ length: x.rank - from }, (_, at) => from + at);
  const centred = x.sub(x.mean(axes, { keep: true }));
  return centred
    .div(centred.mul(centred).mean(axes, { keep: true }).add(epsilon).sqrt())
    .mul(scale)
    .add(bias);
};

describe("LayerNormalization", () => {
  test.each([
    [-1, 1e-5],
    [1, 0.1],
    [0, 1e-5],
  ])("[OX3] from axis %i on, epsilon %d", async (axis, epsilon) => {
    const shape = [3, 4, 5];
    const from = (axis + 3) % 3;
    const [x, scale, bias] = [shape, shape.slice(from), shape.slice(from)].map((one, at) =>
      random.normal(one, { seed: 2 + at }),
    ) as [Tensor, Tensor, Tensor];
    const [xs, scales, biases] = (await Promise.all([x, scale, bias].map(numbers))) as [
      readonly number[],
      readonly number[],
      readonly number[],
    ];
    const size = scales.length;
    const wanted = xs.map((value, place) => {
      const row = xs.slice(Math.floor(place / size) * size).slice(0, size);
      const mean = row.reduce((a, b) => a + b, 0) / size;
      const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / size;
      return (
        ((value - mean) / Math.sqrt(variance + epsilon)) * (scales[place % size] ?? 0) +
        (biases[place % size] ?? 0)
      );
    });
    expectNear(await numbers(layerNorm(x, scale, bias, { axis, epsilon })), wanted);
  });
});

interface Rotary {
  readonly interleaved: boolean;
  /** How many numbers of a head are turned; the rest stays. */
  readonly turned: number;
}

/** x [batch, heads, tokens, width], turned in pairs by the angles of each position (Su et al. 2021). */
const rotary = (x: Tensor, positions: Tensor, { interleaved, turned }: Rotary): Tensor => {
  const half = turned / 2;
  const rates = tensor
    .arange(half)
    .mul(-2 / turned)
    .mul(Math.log(10_000))
    .exp();
  const angles = positions.expandDims(-1).mul(rates).expandDims(1);
  const [cos, sin] = [angles.cos(), angles.sin()];
  const part = x.slice(3, 0, turned);
  const [first, second] = interleaved
    ? [part.at("...", "::2"), part.at("...", "1::2")]
    : [part.slice(3, 0, half), part.slice(3, half, turned)];
  const [a, b] = [first.mul(cos).sub(second.mul(sin)), first.mul(sin).add(second.mul(cos))];
  const [batch = 1, heads = 1, tokens = 1] = x.shape;
  const joined = interleaved
    ? tensor.stack([a, b], -1).reshape(batch, heads, tokens, turned)
    : tensor.concat([a, b], -1);
  return turned === x.shape[3] ? joined : tensor.concat([joined, x.slice(3, turned)], -1);
};

describe("RotaryEmbedding", () => {
  test.each<Rotary>([
    { interleaved: false, turned: 8 },
    { interleaved: true, turned: 8 },
    { interleaved: false, turned: 4 },
    { interleaved: true, turned: 6 },
  ])("[OX4] of %o: pairs turned by their position's angles", async (how) => {
    const [batch, heads, tokens, width] = [2, 3, 4, 8];
    const x = random.normal([batch, heads, tokens, width], { seed: 5 });
    const positions = tensor(
      [
        [0, 1, 2, 3],
        [7, 5, 6, 100],
      ],
      { dtype: "i32" },
    );
    const [xs, places] = await Promise.all([numbers(x), numbers(positions)]);
    const { interleaved, turned } = how;
    const wanted = xs.map((value, at) => {
      const [c, start] = [at % width, at - (at % width)];
      if (c >= turned) return value;
      const pair = interleaved ? c >> 1 : c % (turned / 2);
      const isSecond = interleaved ? c % 2 === 1 : c >= turned / 2;
      const [first = 0, second = 0] = (
        interleaved ? [2 * pair, 2 * pair + 1] : [pair, pair + turned / 2]
      ).map((one) => xs[start + one]);
      const place =
        places[Math.floor(at / (heads * tokens * width)) * tokens + (Math.floor(at / width) % tokens)] ?? 0;
      const angle = place / 10_000 ** ((2 * pair) / turned);
      return isSecond
        ? first * Math.sin(angle) + second * Math.cos(angle)
        : first * Math.cos(angle) - second * Math.sin(angle);
    });
    expectNear(await numbers(rotary(x, positions, how)), wanted);
  });
});

describe("Einsum", () => {
  test("[OX5] ONNX's examples: transpose, sum, a diagonal in batches, products within and between", async () => {
    const [x, y] = [random.normal([3, 4], { seed: 6 }), random.normal([5, 5], { seed: 7 })];
    const [xs, ys] = await Promise.all([numbers(x), numbers(y)]);
    expectNear(
      await numbers(einsum("ij->ji", x)),
      Array.from({ length: 12 }, (_, at) => xs[(at % 3) * 4 + Math.floor(at / 3)] ?? 0),
    );
    expectNear(
      await numbers(einsum("ij->i", x)),
      [0, 1, 2].map((row) => xs.slice(row * 4, row * 4 + 4).reduce((a, b) => a + b)),
    );
    expectNear(
      await numbers(einsum("...ii->...i", y)),
      [0, 1, 2, 3, 4].map((at) => ys[at * 6] ?? 0),
    );
    expectNear(await numbers(einsum("i,i", y.row(0), y.row(1))), [
      [0, 1, 2, 3, 4].reduce((sum, at) => sum + (ys[at] ?? 0) * (ys[5 + at] ?? 0), 0),
    ]);
    const [a, b] = [random.normal([5, 2, 3], { seed: 8 }), random.normal([5, 3, 4], { seed: 9 })];
    const [as, bs] = await Promise.all([numbers(a), numbers(b)]);
    const product = Array.from({ length: 40 }, (_, at) => {
      const [batch, i, k] = [Math.floor(at / 8), Math.floor(at / 4) % 2, at % 4];
      return [0, 1, 2].reduce(
        (sum, j) => sum + (as[(batch * 2 + i) * 3 + j] ?? 0) * (bs[(batch * 3 + j) * 4 + k] ?? 0),
        0,
      );
    });
    expectNear(await numbers(einsum("bij,bjk->bik", a, b)), product);
  });
});
