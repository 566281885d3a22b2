import type { AssertOp, PrintOp } from "@tilebook/ir";
import { type ProgramId, TileTrap, type TileValue } from "./tile.ts";

/** What a `print` shows: the first elements of a tile where its mask is true. */
export interface TileMessage {
  readonly op: PrintOp;
  readonly program: ProgramId;
  /** How often this program had reached the op before. */
  readonly visit: number;
  /** By place in the tile (row-major). */
  readonly elements: readonly { readonly place: number; readonly value: number }[];
}

/** A print shows elements among so many first ones of its tile. */
export const mostPrinted = 64;

/** The elements that a print shows. */
export function printed(value: Float64Array, mask: Float64Array | undefined): TileMessage["elements"] {
  const first = Array.from(value.subarray(0, mostPrinted), (element, place) => ({ place, value: element }));
  return first.filter(({ place }) => mask?.[place] !== 0);
}

/** The fault of an assertion whose condition has a false element. */
export function failedAssert(op: AssertOp, program: ProgramId, condition: TileValue): TileTrap | undefined {
  const place = condition.values.indexOf(0);
  if (place < 0) return undefined;
  return assertFault(op, { program, place, shape: condition.type.shape });
}

/** A failed `assert` (`kernel/assert`), or a loop that was cut (`kernel/turns`): what it says, and where. */
export function assertFault(
  { text, turns, span }: Pick<AssertOp, "text" | "turns" | "span">,
  where: { readonly program: ProgramId; readonly place: number; readonly shape: readonly number[] },
): TileTrap {
  const { program, place, shape } = where;
  const element = shape.length === 0 ? "" : `, element ${indexOf(place, shape).join(", ")}`;
  const what = turns === true ? text : `assertion failed: ${text}`;
  const message = `${what} (program ${program.join(", ")}${element})`;
  const code = turns === true ? "kernel/turns" : "kernel/assert";
  return new TileTrap(code, message, { program, span, lane: place });
}

/** Index along each axis of the element at a row-major place. */
function indexOf(place: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = place;
  for (const size of shape.toReversed()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}
