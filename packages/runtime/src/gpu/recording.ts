import type { Span } from "@tilebook/base";
import type { CompiledKernel, Dispatch, Program, ProgramBuffer } from "@tilebook/compiler";
import { checkProgram, programsOf } from "../check-program.ts";
import { badProgram } from "../faults.ts";
import { lastUses, madeOutputs, spanOf } from "../lifetimes.ts";
import { uniformBlock } from "./arena.ts";
import type { Blame } from "./session.ts";
import type { Work } from "./slicer.ts";

/** A dispatch as far as it is the same in every run. */
export interface RecordedDispatch {
  readonly dispatch: Dispatch;
  readonly kernel: CompiledKernel;
  readonly programs: number;
  /** Its uniform block. Each piece of it has its own base and count. */
  readonly block: Uint8Array<ArrayBuffer>;
  /** Buffers that nobody needs after it. */
  readonly ends: readonly number[];
}

/** A buffer as far as it is the same in every run. */
export interface RecordedBuffer extends ProgramBuffer {
  readonly index: number;
  /** The place in the cells that asked for it. */
  readonly span: Span | undefined;
  /** A run gives it out. */
  readonly kept: boolean;
}

/** All of a program that does not change from run to run: worked out once, so that a run only has buffers to bring. */
export interface Recording {
  readonly program: Program;
  readonly buffers: readonly RecordedBuffer[];
  readonly dispatches: readonly RecordedDispatch[];
  readonly work: readonly Work[];
  /** The buffers that a run makes and gives out. */
  readonly made: readonly RecordedBuffer[];
  readonly timings: readonly { readonly kernel: string; readonly dispatches: number }[];
  /** Dispatches that say something. */
  readonly speaking: readonly RecordedDispatch[];
  readonly blame: Blame;
}

const known = new WeakMap<Program, Recording>();
/** By their list of kernels, which programs share that differ in tensors and numbers alone: the latest of each. */
const alike = new WeakMap<Program["kernels"], Recording>();

/** The program's recording. Throws as `checkProgram` does; a program that was checked is not checked again. */
export function recordingOf(program: Program): Recording {
  const recording = known.get(program) ?? recordLike(alike.get(program.kernels), program) ?? record(program);
  known.set(program, recording);
  alike.set(program.kernels, recording);
  return recording;
}

/** The recording of a program that is another one over other tensors and numbers: what is the same is taken from there. */
function recordLike(other: Recording | undefined, program: Program): Recording | undefined {
  if (other === undefined || !isAlike(other.program, program)) return undefined;
  const buffers = other.buffers.map((buffer, at) => {
    const tensor = program.buffers[at]?.tensor;
    return tensor === undefined || tensor === buffer.tensor ? buffer : { ...buffer, tensor };
  });
  const dispatches = program.dispatches.map((dispatch, at): RecordedDispatch => {
    const before = other.dispatches[at];
    return before?.dispatch === dispatch ? before : { ...parts(program, dispatch), ends: before?.ends ?? [] };
  });
  const work = dispatches.map((one, at) => (one === other.dispatches[at] ? other.work[at] : workOf(one)));
  const speaking = dispatches.filter(({ kernel }) => kernel.sites.length > 0);
  return { ...other, program, buffers, dispatches, work: work.filter((one) => one !== undefined), speaking };
}

/** The same launches over the same kinds of buffers. */
function isAlike(a: Program, b: Program): boolean {
  return (
    a.outputs === b.outputs &&
    a.buffers.length === b.buffers.length &&
    a.dispatches.length === b.dispatches.length &&
    a.buffers.every(({ role, zeroed, bytes, type, from, takes }, at) => {
      const other = b.buffers[at];
      const isSame = role === other?.role && zeroed === other.zeroed && bytes === other.bytes;
      return isSame && type === other.type && from === other.from && takes === other.takes;
    }) &&
    a.dispatches.every(({ kernel, grid, buffers }, at) => {
      const other = b.dispatches[at];
      return kernel === other?.kernel && grid === other.grid && buffers === other.buffers;
    })
  );
}

function record(program: Program): Recording {
  checkProgram(program);
  const buffers = program.buffers.map((buffer, index) => ({
    ...buffer,
    index,
    span: spanOf(program, index),
    kept: program.outputs.includes(index),
  }));
  const ends = lastUses(program);
  const dispatches = program.dispatches.map((dispatch, at) => ({
    ...parts(program, dispatch),
    ends: ends[at] ?? [],
  }));
  return {
    program,
    buffers,
    dispatches,
    work: dispatches.map(workOf),
    made: madeOutputs(program).flatMap((index) => buffers[index] ?? []),
    timings: program.kernels.map(({ key }, at) => ({
      kernel: key,
      dispatches: program.dispatches.filter(({ kernel }) => kernel === at).length,
    })),
    speaking: dispatches.filter(({ kernel }) => kernel.sites.length > 0),
    blame: blameOf(dispatches),
  };
}

function parts(program: Program, dispatch: Dispatch): Omit<RecordedDispatch, "ends"> {
  const kernel = program.kernels[dispatch.kernel];
  if (kernel === undefined) throw badProgram(`the program has no kernel ${dispatch.kernel}`);
  const numbers = [...dispatch.grid, 0, 0, ...dispatch.scalars];
  const block = uniformBlock(kernel.uniforms, numbers, kernel.uniformBytes);
  return { dispatch, kernel, programs: programsOf(dispatch), block };
}

/** Programs with other whole numbers (sizes, loop bounds) may take other times: they are estimated apart. */
function workOf({ dispatch, kernel, programs }: RecordedDispatch): Work {
  const whole = dispatch.scalars.filter((_, place) => kernel.uniforms[place + 5]?.dtype !== "f32");
  let turns: number | undefined;
  return {
    key: `${kernel.key} ${whole.join(" ")}`,
    // Finding out takes its time: it waits until somebody asks.
    family: { name: kernel.key, turns: () => (turns ??= kernel.turns?.(dispatch.scalars) ?? Infinity) },
    programs,
    uniformBytes: kernel.uniformBytes,
  };
}

/** What a submit of these dispatches is for. */
export function blameOf(dispatches: readonly RecordedDispatch[]): Blame {
  const names = new Set(dispatches.map(({ kernel }) => kernel.name));
  return { name: `the kernels ${Array.from(names).join(", ")}`, span: dispatches[0]?.dispatch.span };
}
