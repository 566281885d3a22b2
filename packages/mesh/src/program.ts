import {
  aBoolean,
  anArray,
  anInteger,
  anObject,
  aNumber,
  aString,
  type Decoder,
  Fault,
  oneOf,
  optional,
} from "@tilebook/base";
import {
  compileKernel,
  type Dispatch,
  messageBytes,
  type Program,
  type ProgramBuffer,
  type Target,
} from "@tilebook/compiler";
import { bitsOf, bufferDTypes, decodeTile, encodeTile, type TensorType } from "@tilebook/ir";

/**
 * A program as it crosses a wire: tiles, never WGSL. The receiver checks everything and lowers again for its own device,
 * so a peer cannot make it run code it did not generate itself.
 */
export function encodeProgram(program: Program): unknown {
  const { buffers, outputs } = program;
  const dispatches = program.dispatches.map(({ kernel, grid, buffers: bound, scalars }) => ({
    kernel,
    grid,
    buffers: bound,
    scalars,
  }));
  return { buffers, dispatches, outputs, kernels: program.kernels.map((kernel) => encodeTile(kernel.tile)) };
}

const anIndex = anInteger(0, 10_000);
const aGridSize = anInteger(0, 2 ** 31 - 1);

export const aTensorType: Decoder<TensorType> = anObject({
  dtype: oneOf(...bufferDTypes),
  shape: anArray(anInteger(0, 2 ** 31 - 1), 8),
});

const aGrid: Decoder<[number, number, number]> = (value, path) => {
  const sizes = anArray(aGridSize, 3)(value, path);
  const [x, y, z] = sizes;
  if (x === undefined || y === undefined || z === undefined) throw wrong(`${path} needs three sizes`);
  return [x, y, z];
};

const aProgram = anObject({
  buffers: anArray(
    anObject({
      type: aTensorType,
      bytes: anInteger(0, Number.MAX_SAFE_INTEGER),
      role: oneOf("input", "temporary", "output", "messages"),
      tensor: optional(aString(64)),
      zeroed: aBoolean,
      from: optional(anIndex),
      takes: optional(aBoolean),
    }),
    10_000,
  ),
  kernels: anArray((value) => value, 1_000),
  dispatches: anArray(
    anObject({ kernel: anIndex, grid: aGrid, buffers: anArray(anIndex, 32), scalars: anArray(aNumber, 64) }),
    10_000,
  ),
  outputs: anArray(anIndex, 1_000),
});

/** Decodes, checks and lowers for `target`. Throws a Fault with code `decode/...`, `ir/...` or `mesh/program`. */
export function decodeProgram(value: unknown, target: Target): Program {
  const { buffers, kernels, dispatches, outputs } = aProgram(value, "program");
  const compiled = kernels.map((kernel) => compileKernel(decodeTile(kernel), target));
  buffers.forEach(checkBuffer);
  for (const dispatch of dispatches) checkDispatch(dispatch, buffers, compiled);
  if (outputs.some((index) => index >= buffers.length)) throw wrong("an output is no buffer");
  return { buffers, kernels: compiled, dispatches, outputs, remarks: [] };
}

function checkBuffer({ type, bytes, role, tensor }: ProgramBuffer): void {
  const elements = type.shape.reduce((product, size) => product * size, 1);
  const needed = Math.ceil((elements * bitsOf(type.dtype)) / 8);
  if (!Number.isSafeInteger(needed) || bytes < needed) throw wrong("a buffer is smaller than its tensor");
  if (bytes > needed + 1024) throw wrong("a buffer is larger than its tensor");
  if (role === "input" && tensor === undefined) throw wrong("an input has no tensor");
}

function checkDispatch(
  dispatch: Dispatch,
  buffers: readonly ProgramBuffer[],
  kernels: Program["kernels"],
): void {
  const kernel = kernels[dispatch.kernel];
  if (kernel === undefined) throw wrong("a dispatch names no kernel");
  const pointers = kernel.tile.params.filter((param) => param.kind === "pointer");
  const scalars = kernel.tile.params.length - pointers.length;
  const speaks = kernel.sites.length > 0;
  if (dispatch.scalars.length !== scalars) throw wrong(`${kernel.name} takes ${scalars} scalars`);
  const last = buffers[dispatch.buffers.at(-1) ?? -1];
  if (speaks && (last?.role !== "messages" || last.bytes !== messageBytes))
    throw wrong(`${kernel.name} needs a buffer for its messages`);
  if (dispatch.buffers.length !== pointers.length + (speaks ? 1 : 0))
    throw wrong(`${kernel.name} takes ${pointers.length} buffers`);
  pointers.forEach((param, index) => {
    const buffer = buffers[dispatch.buffers[index] ?? -1];
    if (buffer?.type.dtype !== param.dtype)
      throw wrong(`${kernel.name} needs ${param.dtype} for ${param.name}`);
  });
}

function wrong(what: string): Fault {
  return new Fault("mesh/program", `a program from a peer is refused: ${what}`);
}
