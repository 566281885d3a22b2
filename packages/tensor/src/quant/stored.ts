import { bitsOf, type BufferDType } from "@tilebook/ir";
import { fromBytes, type Values } from "../bytes.ts";
import type { Expr, Kept } from "../expr.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { Workspace } from "../workspace.ts";
import { middleOf } from "./planes.ts";
import type { Stored } from "./places.ts";

/** A plane that was read back from the device. */
export interface StoredPlane extends Stored {
  readonly dtype: BufferDType;
  readonly shape: Shape;
}

/** What is kept of weights, by the names of planes. */
export async function storedPlanes(
  workspace: Workspace,
  { planes }: Kept,
): Promise<Readonly<Record<string, StoredPlane>>> {
  const all = Object.entries(planes);
  await workspace.realize(all.map(([, plane]) => plane));
  const read = async ([name, plane]: readonly [string, Expr]) => {
    const { dtype, shape, handle, bytes = new Uint8Array() } = plane;
    const own = handle === undefined ? bytes : await workspace.host.read(handle);
    return [name, { bytes: own, dtype, shape, bits: bitsOf(dtype), count: sizeOf(shape) }] as const;
  };
  return Object.fromEntries(await Promise.all(all.map(read)));
}

/** Weights that are whole numbers times a scale for each group. */
export interface WholeWeights {
  readonly codes: Values;
  /** What is taken from each code of a group. */
  readonly zeroOf: (group: number) => number;
  readonly scales: Values;
  /** Weights of a group. */
  readonly group: number;
}

/** Undefined: their codes name numbers of a table, or their scales have two levels. */
export function wholeOf(
  format: string,
  planes: Readonly<Record<string, StoredPlane>>,
): WholeWeights | undefined {
  const { codes, scales, zeros } = planes;
  const isKnown = /^(?:int[248]|ternary|(?:MatMulNBits|GPTQ|AWQ) \d)$/.test(format);
  if (!isKnown || codes === undefined || scales === undefined) return undefined;
  const taken = zeros && valuesOf(zeros);
  const middle = middleOf(codes);
  return {
    codes: valuesOf(codes),
    zeroOf: (group) => taken?.[group] ?? middle,
    scales: valuesOf(scales),
    group: codes.count / scales.count,
  };
}

function valuesOf({ bytes, dtype, count }: StoredPlane): Values {
  return fromBytes(bytes, dtype, count);
}
