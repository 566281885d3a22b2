// The interpreter is the truth here, and only here: the compiler itself never looks at it.
import { runTileKernel } from "@tilebook/interp";
import { printTile, verifyTile } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { launch } from "./testing/gpu.ts";
import { normalisedError, randomNumbers } from "./testing/numbers.ts";
import { randomKernel } from "./testing/random-kernel.ts";

const first = Number(process.env["FUZZ_FIRST"] ?? 1);
const count = Number(process.env["FUZZ_COUNT"] ?? 6);
const seeds = Array.from({ length: count }, (_, index) => first + index);

describe("random kernels on a real WebGPU equal the tile interpreter", () => {
  test.each(seeds)("[F1] seed %i", async (seed) => {
    const { kernel, outputs } = randomKernel(seed);
    verifyTile(kernel);
    const x = randomNumbers(4096, seed);
    const n = Array.from({ length: 64 }, (_, index) => index % 4);
    const target = { workgroupBytes: 32768, workgroupInvocations: 256, storageBuffers: 8, f16: false };
    const { buffers, compiled } = await launch(kernel, {
      grid: [1, 1, 1],
      arguments: [x, n, new Float32Array(outputs), new Float32Array(4096), 5, 0.75],
      target,
    });
    const out = new Float64Array(outputs);
    runTileKernel(
      kernel,
      [1, 1, 1],
      [Float64Array.from(x), Float64Array.from(n), out, new Float64Array(4096), 5, 0.75],
    );
    const error = normalisedError(buffers[2] ?? [], Array.from(out));
    expect(error, `${printTile(kernel)}\n${compiled.wgsl}`).toBeLessThan(1e-9);
  });
});
