import type { ValueId } from "@tilebook/ir";
import type { RegionWriter } from "../expression.ts";

/** A block of an axis. */
export interface Axis {
  /** Its places: a column of them, or a row. */
  readonly at: ValueId;
  /** Which of them there are. */
  readonly mask: ValueId;
}

interface AxisWish {
  /** By default the axis begins here. */
  readonly first?: ValueId;
  readonly size: number;
  /** The name and the value of its length. */
  readonly count: readonly [string, number];
  readonly isDown: boolean;
}

export function blockAxis(writer: RegionWriter, { first, size, count, isDown }: AxisWish): Axis {
  const { b, note } = writer;
  const along = b.arange(0, size, note);
  const all = first === undefined ? along : b.binary("add", b.broadcast(first, [size], note), along, note);
  const at = b.reshape(all, isDown ? [size, 1] : [1, size], note);
  const [role, length] = count;
  return { at, mask: writer.binary("lt", at, writer.scalar(role, length, "i32")) };
}

/** The size of the tile that holds a whole axis. */
export function powerOfTwo(size: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, size)));
}
