import { Fault } from "@tilebook/base";
import type { CompiledKernel, Dispatch, Program, ProgramBuffer } from "@tilebook/compiler";
import { badProgram } from "./faults.ts";

/** WebGPU counts at most this many workgroups along one dimension; programs fold to two. */
const mostPrograms = 65535 ** 2;

/** Throws Fault `executor/bad-program` unless every index is in range and no dispatch writes what it or others only read. */
export function checkProgram(program: Program): void {
  for (const index of program.outputs)
    if (program.buffers[index] === undefined)
      throw badProgram(`the program has no buffer ${index} to give out`);
  for (const buffer of program.buffers)
    if (buffer.role === "input" && buffer.tensor === undefined)
      throw badProgram("an input of the program names no tensor");
  for (const buffer of program.buffers) checkStart(program, buffer);
  for (const dispatch of program.dispatches) checkDispatch(program, dispatch);
}

/** What a buffer begins as is an input of its size; whose memory it takes, that is bound nowhere, given out nowhere, and taken once. */
function checkStart(program: Program, { from, takes, bytes, role, zeroed }: ProgramBuffer): void {
  if (from === undefined && takes === undefined) return;
  const start = program.buffers[from ?? -1];
  if (from === undefined || start?.role !== "input" || start.bytes !== bytes || role === "input" || zeroed)
    throw badProgram("a buffer begins as something else than an input of its size");
  if (takes === undefined) return;
  const isBound = program.dispatches.some(({ buffers }) => buffers.includes(from));
  const isShared = program.buffers.filter((other) => other.from === from).length > 1;
  const isTwice = program.buffers.filter(({ tensor }) => tensor === start.tensor).length > 1;
  if (isBound || isShared || isTwice || program.outputs.includes(from))
    throw badProgram("a buffer takes the memory of an input that somebody reads");
}

function checkDispatch(program: Program, dispatch: Dispatch): void {
  const kernel = program.kernels[dispatch.kernel];
  if (kernel === undefined) throw badProgram(`the program has no kernel ${dispatch.kernel}`, dispatch.span);
  if (dispatch.buffers.length !== kernel.bindings.length)
    throw badProgram(
      `${kernel.name} binds ${kernel.bindings.length} buffers, not ${dispatch.buffers.length}`,
    );
  if (dispatch.scalars.length !== kernel.uniforms.length - 5)
    throw badProgram(
      `${kernel.name} takes ${kernel.uniforms.length - 5} numbers, not ${dispatch.scalars.length}`,
    );
  const sizes = dispatch.grid.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!sizes || programsOf(dispatch) > mostPrograms)
    throw badProgram(`a grid of ${dispatch.grid.join(" x ")} programs cannot run`, dispatch.span);
  checkBuffers(program, kernel, dispatch);
}

function checkBuffers(program: Program, kernel: CompiledKernel, dispatch: Dispatch): void {
  const written = new Set<number>();
  kernel.bindings.forEach((binding, at) => {
    const index = dispatch.buffers[at] ?? -1;
    const buffer = program.buffers[index];
    if (buffer === undefined) throw badProgram(`the program has no buffer ${index}`, dispatch.span);
    if (binding.access === "read") return;
    if (buffer.role === "input") throw writesInput(kernel.name, binding.name, dispatch);
    written.add(index);
  });
  for (const index of written)
    if (dispatch.buffers.filter((other) => other === index).length > 1)
      throw badProgram(`${kernel.name} gets one buffer twice and writes to it`, dispatch.span);
}

function writesInput(kernel: string, parameter: string, dispatch: Dispatch): Fault {
  return new Fault(
    "executor/writes-input",
    `the kernel ${kernel} writes to ${parameter}, which was given a tensor`,
    {
      span: dispatch.span,
      hint: "tensors never change: give that parameter an output instead",
    },
  );
}

export function programsOf(dispatch: Dispatch): number {
  const [x, y, z] = dispatch.grid;
  return x * y * z;
}
