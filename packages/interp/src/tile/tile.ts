import { Fault, type Span } from "@tilebook/base";
import type { BufferDType, TileType } from "@tilebook/ir";

/** One value of a running program: its elements in row-major order, as doubles whatever the dtype. */
export interface TileValue {
  readonly type: TileType;
  readonly values: Float64Array;
}

/** The ids of a program along the three axes of the grid. */
export type ProgramId = readonly [number, number, number];

/** A buffer parameter's storage; stores change `values`. */
export interface PointerValue {
  readonly name: string;
  readonly dtype: BufferDType;
  readonly values: Float64Array;
}

/** Where something happened, for messages. */
export interface Place {
  readonly program: ProgramId;
  readonly span: Span | undefined;
}

export function outOfBounds(
  what: "load from" | "store to" | "atomic on",
  pointer: PointerValue,
  index: { readonly offset: number; readonly lane: number },
  place: Place,
): Fault {
  const { name, values } = pointer;
  const size = values.length === 1 ? "1 element" : `${values.length} elements`;
  return new Fault(
    "tile/bounds",
    `${what} ${name}[${index.offset}], which has ${size} (lane ${index.lane} of program ${place.program.join(", ")})`,
    { span: place.span, hint: `mask it, for example with offset < ${values.length}` },
  );
}
