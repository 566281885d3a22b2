import type { Graph, ValueId } from "@tilebook/ir";
import { nodeAt } from "./contents.ts";
import type { RegionWriter } from "./expression.ts";
import type { GroupedSide } from "./grouped-side.ts";
import { asFloat } from "./rows.ts";

/** Of the group that each row of a side is in at a step, f32 [rows]. */
export interface GroupNumbers {
  readonly scale: ValueId;
  readonly min?: ValueId;
}

/** A side of codes, with the numbers of their groups. What is bound first is read first, as it was written. */
export function readInOrder(
  { isScaleFirst }: GroupedSide,
  read: { readonly codes: () => ValueId; readonly numbers: () => GroupNumbers },
): { readonly codes: ValueId; readonly numbers: GroupNumbers } {
  if (!isScaleFirst) return { codes: read.codes(), numbers: read.numbers() };
  const numbers = read.numbers();
  return { codes: read.codes(), numbers };
}

interface At {
  readonly grouped: GroupedSide;
  /** Rows of the side as it lies, i32, of which those from `n` on are not there; they are `k` long. */
  readonly columns: ValueId;
  readonly n: ValueId;
  readonly k: ValueId;
  /** Of the side's matrix among the rows of all. */
  readonly firstRow: ValueId | undefined;
  /** Where the step begins, which lies in one group. */
  readonly first: ValueId;
}

/** Read once for a step of a row, and not for each of its numbers. */
export function groupNumbers(writer: RegionWriter, graph: Graph, at: At): GroupNumbers {
  const { b, note } = writer;
  const { grouped, columns, first, firstRow, n, k } = at;
  const [width = 1] = b.typeOf(columns).shape;
  const column = b.reshape(columns, [width, 1], note);
  const row = firstRow === undefined ? column : writer.binary("add", column, firstRow);
  const group = writer.scalar("group", grouped.group, "i32");
  const groups = b.binary("idiv", k, group, note);
  const flat = writer.binary("add", writer.binary("mul", row, groups), b.binary("idiv", first, group, note));
  const masks = [writer.binary("lt", column, n)];
  const read = (id: GroupedSide["scale"]): ValueId => {
    const place = writer.place(nodeAt(graph, id).type.shape, { flat }, masks);
    const value = writer.spreadTo(writer.valueAt(id, place), [width, 1]);
    return asFloat(b, b.reshape(value, [width], note));
  };
  return { scale: read(grouped.scale), ...(grouped.min === undefined ? {} : { min: read(grouped.min) }) };
}
