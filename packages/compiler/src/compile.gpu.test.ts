import { TileBuilder } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { launch } from "./testing/gpu.ts";
import { attention, layernorm, matmul, softmaxRow, vectorAdd } from "./testing/kernels.ts";
import { normalisedError, randomNumbers } from "./testing/numbers.ts";
import * as truth from "./testing/truth.ts";

const limit = 1e-10;

/** The ids of program p of a grid of 3 x 2 x 4, then the grid, as decimal digits. */
const digits = (p: number): number => Number(`${p % 3}${Math.floor(p / 3) % 2}${Math.floor(p / 6)}324`);

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

  test("[K6] a grid of three axes, in slices, and how many programs it has", async () => {
    const b = new TileBuilder("ids");
    const out = b.pointer("out", "i32");
    const [x, y, z] = [b.programId(0), b.programId(1), b.programId(2)];
    const [gx, gy, gz] = [b.numPrograms(0), b.numPrograms(1), b.numPrograms(2)];
    const ten = b.const(10, "i32");
    const value = [x, y, z, gx, gy, gz].reduce((total, next) =>
      b.binary("add", b.binary("mul", total, ten), next),
    );
    const offset = b.binary("add", x, b.binary("mul", gx, b.binary("add", y, b.binary("mul", gy, z))));
    b.store({ pointer: out, offset, value });
    const { buffers } = await launch(b.finish(), {
      grid: [3, 2, 4],
      arguments: [new Float32Array(24)],
      slice: 5,
    });
    expect(buffers[0]).toEqual(Array.from({ length: 24 }, (_, p) => digits(p)));
  });

  test("[K7] more programs than one axis of a dispatch holds", async () => {
    const b = new TileBuilder("many");
    const out = b.pointer("out", "i32");
    b.store({ pointer: out, offset: b.programId(0), value: b.programId(0) });
    const { buffers } = await launch(b.finish(), {
      grid: [70_000, 1, 1],
      arguments: [new Float32Array(70_000)],
    });
    expect(buffers[0]?.every((value, place) => value === place)).toBe(true);
  });

  test("[K8] along the columns of a large tile: what is loaded twice is loaded by anyone, not shared", async () => {
    const b = new TileBuilder("columns");
    const [x, y] = [b.pointer("x", "f32"), b.pointer("y", "f32")];
    const shape = [64, 64];
    const offset = b.reshape(b.arange(0, 4096), shape);
    const value = b.load({ pointer: x, offset });
    const top = b.broadcast(b.reshape(b.reduce("max", value, 0), [1, 64]), shape);
    b.store({ pointer: y, offset, value: b.binary("sub", value, top) });
    const numbers = randomNumbers(4096, 12);
    const { buffers, compiled } = await launch(b.finish(), {
      grid: [1, 1, 1],
      arguments: [numbers, new Float32Array(4096)],
    });
    const topOf = (column: number): number =>
      Math.max(...numbers.filter((_, place) => place % 64 === column));
    const tops = Array.from({ length: 64 }, (_, column) => topOf(column));
    expect(buffers[1]).toEqual(numbers.map((number, place) => Math.fround(number - (tops[place % 64] ?? 0))));
    expect(compiled.counts.workgroupBytes).toBeLessThanOrEqual(256);
  });
});
