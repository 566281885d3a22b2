import { type Random, seeded } from "@tilebook/base";
import type { Program } from "@tilebook/compiler";
import { type BufferDType, sizeOf, type TensorType } from "@tilebook/ir";
import type { TensorHandle } from "../executor.ts";
import type { GpuExecutor } from "../gpu/gpu-executor.ts";
import { encodeElements } from "../interpreter/elements.ts";
import { takesAnyData } from "./any-data.ts";

/** Larger inputs are not made up: that would take longer than to run the cell again. */
const mostElements = 1 << 22;

type Inputs = Pick<GpuExecutor, "typeOf" | "upload">;

export interface StandIn {
  readonly program: Program;
  /** Tensors that were made for it, to be freed by whoever asked. */
  readonly made: readonly TensorHandle[];
}

/**
 * The program with made-up numbers for inputs that are gone, where what it does before and at dispatch `at` does not depend on
 * them. Else the program as it is.
 */
export function withStandIns(gpu: Inputs, program: Program, at: number): StandIn {
  const gone = new Set(program.buffers.flatMap(({ tensor }) => (tensor === undefined ? [] : [tensor])));
  for (const tensor of gone) if (isThere(gpu, tensor)) gone.delete(tensor);
  if (gone.size === 0 || !program.dispatches.slice(0, at + 1).every((one) => isFree(program, one.kernel)))
    return { program, made: [] };
  const random = seeded(1);
  const made = new Map<string, TensorHandle>();
  const buffers = program.buffers.map((buffer) => {
    const { tensor, type } = buffer;
    if (tensor === undefined || !gone.has(tensor) || sizeOf(type.shape) > mostElements) return buffer;
    const handle = made.get(tensor) ?? gpu.upload(numbers(type, random), type);
    made.set(tensor, handle);
    return { ...buffer, tensor: handle };
  });
  return { program: { ...program, buffers }, made: Array.from(made.values()) };
}

function isThere(gpu: Inputs, tensor: TensorHandle): boolean {
  try {
    gpu.typeOf(tensor);
    return true;
  } catch {
    return false;
  }
}

function isFree({ kernels }: Program, place: number): boolean {
  const tile = kernels[place]?.tile;
  return tile !== undefined && takesAnyData(tile);
}

/** Values that every dtype has: floats in steps of 1/64 from -1 to 1, whole numbers from 0 to 7. */
function numbers({ dtype, shape }: TensorType, random: Random): Uint8Array<ArrayBuffer> {
  const draw = drawFrom(dtype, random);
  return encodeElements(Float64Array.from({ length: sizeOf(shape) }, draw), dtype);
}

function drawFrom(dtype: BufferDType, random: Random): () => number {
  if (dtype === "f32" || dtype === "f16") return () => Math.round(random() * 128 - 64) / 64;
  const most = dtype === "bool" ? 2 : 8;
  return () => Math.floor(random() * most);
}
