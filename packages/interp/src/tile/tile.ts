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

/** A Fault of a running program that knows its lane, so that a debugger can mark it. */
export class TileTrap extends Fault {
  readonly program: ProgramId;
  /** The element's row-major place in the tile of the op. */
  readonly lane: number;

  constructor(
    code: string,
    message: string,
    at: Place & { readonly lane: number; readonly hint?: string | undefined },
  ) {
    super(code, message, { span: at.span, hint: at.hint });
    this.program = at.program;
    this.lane = at.lane;
  }
}

export function outOfBounds(
  what: "load from" | "store to" | "atomic on",
  pointer: PointerValue,
  index: { readonly offset: number; readonly lane: number },
  place: Place,
): TileTrap {
  const { name, values } = pointer;
  const { offset, lane } = index;
  const size = values.length === 1 ? "1 element" : `${values.length} elements`;
  return new TileTrap(
    "tile/bounds",
    `${what} ${name}[${offset}], which has ${size} (lane ${lane} of program ${place.program.join(", ")})`,
    { ...place, lane, hint: `mask it, for example with offset < ${values.length}` },
  );
}
