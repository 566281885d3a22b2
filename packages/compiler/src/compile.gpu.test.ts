import { describe, expect, test } from "vitest";
import { launch } from "./testing/gpu.ts";
import { attention, layernorm, matmul, softmaxRow, vectorAdd } from "./testing/kernels.ts";
import { normalisedError, randomNumbers } from "./testing/numbers.ts";
import * as truth from "./testing/truth.ts";

const limit = 1e-10;

describe("kernels on a real WebGPU equal plain loops in f64", () => {
  test("[K1] vector add, with a ragged end, in slices", async () => {
    const [x, y] = [randomNumbers(1000, 1), randomNumbers(1000, 2)];
    const zero = new Float32Array(1000);
    const { buffers } = await launch(vectorAdd(256), {
      grid: [4, 1, 1],
      arguments: [x, y, zero, 1000],
      slice: 3,
    });
    expect(buffers[2]).toEqual(x.map((value, index) => Math.fround(value + (y[index] ?? 0))));
  });

  test.each([
    [32, 20],
    [64, 64],
    [1024, 1000],
    [4096, 3001],
  ])("[K2] softmax of rows in tiles of %i", async (block, n) => {
    const x = randomNumbers(5 * n, 3);
    const { buffers } = await launch(softmaxRow(block), {
      grid: [5, 1, 1],
      arguments: [x, new Float32Array(5 * n), n],
    });
    expect(normalisedError(buffers[1] ?? [], truth.softmaxRows(x, n))).toBeLessThan(limit);
  });

  test.each([
    [32, 32, 16],
    [64, 64, 16],
    [16, 64, 32],
    [64, 16, 8],
    [128, 32, 16],
    [16, 16, 16],
    [8, 8, 4],
    [2, 4, 2],
    [1, 16, 16],
  ])("[K3] matmul in tiles of %i x %i x %i, ragged", async (bm, bn, bk) => {
    const [m, n, k] = [77, 53, 41];
    const [a, b] = [randomNumbers(m * k, 4), randomNumbers(k * n, 5)];
    const { buffers } = await launch(matmul(bm, bn, bk), {
      grid: [Math.ceil(n / bn), Math.ceil(m / bm), 1],
      arguments: [a, b, new Float32Array(m * n), m, n, k],
    });
    expect(normalisedError(buffers[2] ?? [], truth.matmul(a, b, { m, n, k }))).toBeLessThan(limit);
  });

  test.each([
    [1, 256],
    [4, 64],
    [32, 64],
    [64, 32],
    [16, 8],
  ])("[K4] layernorm in tiles of %i x %i", async (rows, block) => {
    const [m, n] = [37, block - 3];
    const [x, gain, bias] = [randomNumbers(m * n, 6), randomNumbers(n, 7), randomNumbers(n, 8)];
    const { buffers } = await launch(layernorm(rows, block), {
      grid: [Math.ceil(m / rows), 1, 1],
      arguments: [x, gain, bias, new Float32Array(m * n), m, n],
    });
    expect(normalisedError(buffers[3] ?? [], truth.layernorm(x, gain, bias, n))).toBeLessThan(limit);
  });

  test.each([
    { bq: 64, bk: 16, d: 64, e: 64, causal: false, n: 77, m: 131, dims: 64, width: 64 },
    { bq: 64, bk: 16, d: 64, e: 64, causal: true, n: 77, m: 131, dims: 64, width: 64 },
    { bq: 64, bk: 16, d: 64, e: 16, causal: false, n: 65, m: 100, dims: 64, width: 10 },
    { bq: 32, bk: 32, d: 32, e: 32, causal: true, n: 50, m: 40, dims: 32, width: 32 },
    { bq: 32, bk: 32, d: 32, e: 32, causal: false, n: 33, m: 31, dims: 30, width: 29 },
    { bq: 16, bk: 16, d: 8, e: 8, causal: true, n: 21, m: 37, dims: 8, width: 8 },
    { bq: 16, bk: 16, d: 8, e: 8, causal: true, n: 37, m: 21, dims: 8, width: 8 },
    { bq: 16, bk: 16, d: 8, e: 8, causal: false, n: 5, m: 3, dims: 7, width: 5 },
  ])("[K5] flash attention $bq/$bk/$d/$e causal $causal, $n x $m", async (c) => {
    const [q, k, v] = [
      randomNumbers(c.n * c.dims, 9),
      randomNumbers(c.m * c.dims, 10),
      randomNumbers(c.m * c.width, 11),
    ];
    const scale = Math.fround(3 / Math.sqrt(c.dims));
    const { buffers } = await launch(attention(c.bq, c.bk, c.d, c.e, c.causal), {
      grid: [Math.ceil(c.n / c.bq), 1, 1],
      arguments: [q, k, v, new Float32Array(c.n * c.width), c.n, c.m, c.dims, c.width, scale],
    });
    const wanted = truth.attention(q, k, v, { ...c, scale });
    expect(normalisedError(buffers[3] ?? [], wanted)).toBeLessThan(limit);
  });
});
