import type { CompiledKernel, ProgramBuffer } from "@tilebook/compiler";
import type { Kernel } from "@tilebook/shaders";
import type { TensorHandle } from "./executor.ts";
import type { TimedBuffer, TimedLaunch } from "./timing/timed.ts";

/** `n` vec4f that a probe writes. */
export function vectors(n: number): ProgramBuffer {
  return { type: { dtype: "f32", shape: [n, 4] }, bytes: n * 16, role: "output", zeroed: false };
}

/** A launch of a hand-written kernel that writes `made` vec4f, and reads `given` if it reads anything. */
export function launchOf<Sizes extends Readonly<Record<string, number>>>(
  kernel: Kernel<Sizes>,
  sizes: Sizes,
  { given, made }: { readonly given?: TensorHandle; readonly made: number },
): Omit<TimedLaunch, "samples"> {
  const output: TimedBuffer = { kind: "output", type: vectors(made).type };
  const input: readonly TimedBuffer[] = given === undefined ? [] : [{ kind: "input", tensor: given }];
  return {
    kernel: compiledProbe(kernel),
    grid: [kernel.programs(sizes), 1, 1],
    scalars: kernel.scalars.map((name) => sizes[name] ?? 0),
    buffers: [...input, output],
  };
}

/** A hand-written kernel in the form the executor runs. It has no tiles: only a GPU can run it. */
export function compiledProbe<Sizes>(kernel: Kernel<Sizes>): CompiledKernel {
  const { name, source, entry = "main", threads, bindings, scalars } = kernel;
  const fields = ["grid_x", "grid_y", "grid_z", "base", "count", ...scalars];
  return {
    name,
    key: `shaders ${name} ${entry}`,
    tile: { name, params: [], body: [] },
    wgsl: source,
    spans: [],
    entryPoint: entry,
    workgroupSize: threads,
    bindings: bindings.map((binding) => ({ ...binding, dtype: "f32" as const })),
    uniforms: fields.map((field, at) => ({ name: field, dtype: "u32" as const, offset: at * 4 })),
    uniformBytes: Math.ceil(fields.length / 4) * 16,
    counts: { flops: 0, bytesRead: 0, bytesWritten: 0, workgroupBytes: 0, barriers: 0, registers: 0 },
    sites: [],
    stages: [],
  };
}
