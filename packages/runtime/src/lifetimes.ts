import type { Span } from "@tilebook/base";
import type { Program } from "@tilebook/compiler";

/** For each dispatch, the temporaries that no later dispatch uses: their memory is free again after it. */
export function lastUses(program: Program): readonly (readonly number[])[] {
  const last = new Map<number, number>();
  program.dispatches.forEach((dispatch, at) => dispatch.buffers.forEach((buffer) => last.set(buffer, at)));
  const ends: number[][] = program.dispatches.map(() => []);
  for (const [buffer, at] of last) {
    const kept = program.outputs.includes(buffer) || program.buffers[buffer]?.role === "input";
    if (!kept) ends[at]?.push(buffer);
  }
  return ends;
}

/** The distinct buffers the program gives out and makes itself, in order of their first place among its outputs. */
export function madeOutputs(program: Program): readonly number[] {
  const distinct = Array.from(new Set(program.outputs));
  return distinct.filter((index) => program.buffers[index]?.role !== "input");
}

/** The place in the cells that asked for a buffer: the first dispatch that uses it. */
export function spanOf(program: Program, buffer: number): Span | undefined {
  return program.dispatches.find((dispatch) => dispatch.buffers.includes(buffer))?.span;
}
