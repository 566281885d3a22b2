import type { Program, ProgramBuffer } from "@tilebook/compiler";
import type { TensorType } from "@tilebook/ir";

/** One buffer of a launch, before the launch. */
export interface LaunchBuffer {
  readonly type: TensorType;
  /** A tensor of the executor, or an output of `before`, by its place. Absent where nothing was written yet. */
  readonly from?: { readonly tensor: string } | { readonly made: number };
}

/** One launch of a program, on its own. */
export interface Isolated {
  /** What the program does before it, giving out what the launch finds in its buffers. */
  readonly before: Program;
  /** In the order of the kernel's bindings. */
  readonly buffers: readonly LaunchBuffer[];
}

/** Cuts a program off before dispatch `at`. */
export function isolate(program: Program, at: number): Isolated {
  const earlier = program.dispatches.slice(0, at);
  const written = new Set(
    earlier.flatMap(({ kernel, buffers }) =>
      buffers.filter((_, place) => program.kernels[kernel]?.bindings[place]?.access === "readwrite"),
    ),
  );
  const wanted = program.dispatches[at]?.buffers ?? [];
  const made = [...new Set(wanted)].filter((index) => written.has(index));
  const buffers = program.buffers.map((buffer, index): ProgramBuffer => {
    if (buffer.role === "input" || buffer.role === "messages") return buffer;
    const { takes: _, ...kept } = buffer;
    return { ...kept, role: made.includes(index) ? "output" : "temporary" };
  });
  return {
    before: { ...program, buffers, dispatches: earlier, outputs: made },
    buffers: wanted.map((index) => launchBuffer(program, index, made.indexOf(index))),
  };
}

function launchBuffer({ buffers }: Program, index: number, made: number): LaunchBuffer {
  const buffer = buffers[index];
  const type = buffer?.type ?? { dtype: "u32", shape: [0] };
  if (made >= 0) return { type, from: { made } };
  const tensor = buffers[buffer?.from ?? index]?.tensor;
  return tensor === undefined ? { type } : { type, from: { tensor } };
}
