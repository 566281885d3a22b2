// The interpreter is the truth here, and only here: the compiler itself never looks at it.
import { runTileKernel } from "@tilebook/interp";
import { printTile } from "@tilebook/ir";
import { mismatch, type SoundKernel, soundKernel } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { launch } from "./testing/gpu.ts";
import { portableTarget } from "./program.ts";

// A longer run: FUZZ_FIRST=1000 FUZZ_COUNT=500 npx vitest run packages/compiler/src/fuzz.gpu.test.ts
const first = Number(process.env["FUZZ_FIRST"] ?? 1);
const count = Number(process.env["FUZZ_COUNT"] ?? 12);
const seeds = Array.from({ length: count }, (_, index) => first + index);

const target = { ...portableTarget, workgroupBytes: 32768 };

/** Where the buffers differ that a real WebGPU and the interpreter leave behind, and the WGSL. */
async function differences(
  sound: SoundKernel,
): Promise<{ readonly wrong: readonly string[]; readonly wgsl: string }> {
  const { kernel, grid } = sound;
  const wanted = sound.arguments.map((item) => (typeof item === "number" ? item : item.values.slice()));
  runTileKernel(kernel, grid, wanted);
  const given = sound.arguments.map((item) => (typeof item === "number" ? item : Array.from(item.values)));
  const { buffers, compiled } = await launch(kernel, { grid, arguments: given, target });
  const arrays = wanted.filter((item) => typeof item !== "number");
  const wrong = sound.arguments
    .filter((item) => typeof item !== "number")
    .flatMap((item, place) => mismatch(item, buffers[place] ?? [], arrays[place] ?? []) ?? []);
  return { wrong, wgsl: compiled.wgsl };
}

describe("random kernels on a real WebGPU equal the tile interpreter", () => {
  test.each(seeds)("[F1] seed %i", async (seed) => {
    const sound = soundKernel(seed, { messages: false });
    const { wrong, wgsl } = await differences(sound);
    expect(wrong, `${printTile(sound.kernel)}\n${wgsl}`).toEqual([]);
  });
});
