import type { LoadOp, TileOp, TileValueOp, ValueId } from "@tilebook/ir";
import type { Facts } from "./facts.ts";

type Known = Pick<Facts, "definitions" | "typeOf">;

/**
 * How far the elements of a tile lie apart in memory when its index on one axis grows by 1: of a tile of whole numbers,
 * by how much they grow; of a loaded tile, that of its offsets. Nothing when that is not one known number.
 */
export function strideOf(facts: Known, value: ValueId, axis: number): number | undefined {
  const op = facts.definitions.get(value);
  if ((facts.typeOf(value).shape[axis] ?? 1) === 1) return 0;
  return op === undefined ? undefined : strideOfOp(facts, op, axis);
}

function strideOfOp(facts: Known, op: TileValueOp, axis: number): number | undefined {
  if (op.kind === "const") return 0;
  if (op.kind === "arange") return 1;
  if (op.kind === "load") return strideOf(facts, op.offset, axis);
  if (op.kind === "transpose") return strideOf(facts, op.input, op.order[axis] ?? axis);
  if (op.kind === "reshape") return throughReshape(facts, op, axis);
  if (op.kind === "binary") return ofBinary(facts, op, axis);
  if (op.kind !== "broadcast") return undefined;
  const repeated = (facts.typeOf(op.input).shape[axis] ?? 1) === 1;
  return repeated ? 0 : strideOf(facts, op.input, axis);
}

/** Axes of size 1 come and go; other reshapes are not followed. */
function throughReshape(
  facts: Known,
  op: Extract<TileOp, { kind: "reshape" }>,
  axis: number,
): number | undefined {
  const { shape } = facts.typeOf(op.input);
  const [from, to] = [wideAxes(shape), wideAxes(op.type.shape)];
  const unchanged =
    from.length === to.length && from.every((at, place) => shape[at] === op.type.shape[to[place] ?? -1]);
  const inner = from[to.indexOf(axis)];
  return unchanged && inner !== undefined ? strideOf(facts, op.input, inner) : undefined;
}

function wideAxes(sizes: readonly number[]): readonly number[] {
  return sizes.flatMap((size, at) => (size === 1 ? [] : [at]));
}

function ofBinary(facts: Known, op: Extract<TileOp, { kind: "binary" }>, axis: number): number | undefined {
  const [left, right] = [strideOf(facts, op.left, axis), strideOf(facts, op.right, axis)];
  if (left === undefined || right === undefined) return undefined;
  if (op.op === "add") return left + right;
  if (op.op === "sub") return left - right;
  return left === 0 && right === 0 ? 0 : undefined;
}

/** The buffer whose neighbours a tile's neighbours along the axis are: four of them may be one vector. */
export function contiguousIn(facts: Known, value: ValueId, axis: number): ValueId | undefined {
  const source = throughMaps(facts, value, axis);
  if (source === undefined || strideOf(facts, source.load.offset, source.axis) !== 1) return undefined;
  return source.load.pointer;
}

/** The load that an operand is, behind transposes, conversions, and operations with what does not change along the axis. */
function throughMaps(
  facts: Known,
  value: ValueId,
  axis: number,
): { readonly load: LoadOp; readonly axis: number } | undefined {
  const op = facts.definitions.get(value);
  if (op === undefined) return undefined;
  if (op.kind === "load") return { load: op, axis };
  if (op.kind === "transpose") return throughMaps(facts, op.input, op.order[axis] ?? axis);
  if (op.kind === "binary") {
    const [side, ...others] = [op.left, op.right].filter((one) => strideOf(facts, one, axis) !== 0);
    return side === undefined || others.length > 0 ? undefined : throughMaps(facts, side, axis);
  }
  return op.kind === "cast" || op.kind === "unary" ? throughMaps(facts, op.input, axis) : undefined;
}
