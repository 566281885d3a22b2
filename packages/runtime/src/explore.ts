import { type Kernel, probeLoop, probeNumbering } from "@tilebook/shaders";
import type { Executor } from "./executor.ts";
import { compiledProbe, vectors } from "./probes.ts";

type RunningGpu = Pick<Executor, "run" | "read" | "free">;

/** Every known device that cuts loops does so after fewer turns. */
const manyTurns = 70_000;

/** After how many turns the device cuts a loop, when it does that: most never do. */
export async function measureLoops(gpu: RunningGpu): Promise<number | undefined> {
  const [turns = 0] = await probe(gpu, probeLoop, { scalars: [manyTurns], made: 1 });
  return turns === manyTurns ? undefined : turns;
}

/**
 * Whether the threads of a program lie over subgroups of this size in the order of their numbers. Code that hands numbers on
 * through a subgroup takes it so. WGSL does not promise it, so devices are asked.
 */
export async function numbersAlongSubgroups(gpu: RunningGpu, size: number): Promise<boolean> {
  const { threads } = probeNumbering;
  const found = await probe(gpu, probeNumbering, { scalars: [], made: threads });
  const expected = Array.from({ length: threads }, (_, thread) => {
    const place = thread % size;
    return [place, size, thread ^ 1, thread - place];
  }).flat();
  return found.length === expected.length && expected.every((value, at) => value === found[at]);
}

/** What one program of a probe writes, where it writes `made` vectors of four. */
async function probe<Sizes>(
  gpu: RunningGpu,
  kernel: Kernel<Sizes>,
  { scalars, made }: { readonly scalars: readonly number[]; readonly made: number },
): Promise<Float32Array> {
  const { outputs } = await gpu.run({
    buffers: [vectors(made)],
    kernels: [compiledProbe(kernel)],
    dispatches: [{ kernel: 0, grid: [1, 1, 1], buffers: [0], scalars }],
    outputs: [0],
    remarks: [],
  });
  const [output = ""] = outputs;
  const bytes = await gpu.read(output);
  gpu.free(output);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}
