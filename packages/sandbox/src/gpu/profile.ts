import { Fault } from "@tilebook/base";
import { type CompiledKernel, type Dispatch, launchWork, type Program } from "@tilebook/compiler";
import { type GpuExecutor, isolate, readsItsOutput, timedBuffer } from "@tilebook/runtime";
import type { LaunchProfile } from "../profile.ts";

const SAMPLES = 9;

export interface ProfileSetup {
  readonly gpu: GpuExecutor;
  readonly program: Program;
  /** The dispatch to be measured. */
  readonly at: number;
  /** Its number among the launches of its kernel. */
  readonly launch: number;
  readonly signal: AbortSignal;
  /** Hears how many measurements are done. */
  readonly progress: (done: number, of: number) => void;
}

/** Measures one dispatch by itself, on the buffers that it would find; nothing of the program's own is written to. */
export async function profileLaunch(setup: ProfileSetup): Promise<LaunchProfile> {
  const { gpu, program, at, launch, signal, progress } = setup;
  const dispatch = program.dispatches[at];
  const kernel = program.kernels[dispatch?.kernel ?? -1];
  if (dispatch === undefined || kernel === undefined) throw new Fault("internal/probe", "no such dispatch");
  const { before, buffers } = isolate(program, at);
  const { outputs: made } = await gpu.run(before, signal);
  const { grid, scalars } = dispatch;
  const fresh = readsItsOutput(kernel);
  try {
    const given = buffers.map((buffer, place) => timedBuffer(kernel, place, { buffer, made }));
    const { samples, repeats, clock } = await gpu.time(
      { kernel, grid, scalars, buffers: given, fresh, samples: SAMPLES, progress },
      signal,
    );
    return {
      samples,
      repeats,
      clock,
      kind: "measured",
      kernel: kernel.key,
      name: kernel.name,
      launch,
      fresh,
      grid,
      scalars,
      threads: kernel.workgroupSize,
      work: launchWork(kernel.tile, grid, scalars),
      buffers: bytesOf(program, kernel, dispatch),
    };
  } finally {
    for (const tensor of made) gpu.free(tensor);
  }
}

/** Each buffer once, however often the kernel asks for its bytes. */
function bytesOf(
  program: Program,
  { tile, bindings }: CompiledKernel,
  { buffers }: Dispatch,
): LaunchProfile["buffers"] {
  const [read, written] = [new Set<number>(), new Set<number>()];
  bindings.forEach(({ access, name }, place) => {
    const index = buffers[place] ?? -1;
    if (program.buffers[index]?.role === "messages") return;
    const param = tile.params.find((one) => one.kind === "pointer" && one.name === name);
    const reads = access === "read" || (param?.kind === "pointer" && param.access === "readwrite");
    if (reads) read.add(index);
    if (access === "readwrite") written.add(index);
  });
  const sum = (all: ReadonlySet<number>): number =>
    Array.from(all).reduce((bytes, index) => bytes + (program.buffers[index]?.bytes ?? 0), 0);
  return { read: sum(read), written: sum(written) };
}
