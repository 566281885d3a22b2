import { dtypeInfo } from "../dtype.ts";
import type {
  ArgsortOp,
  DotOp,
  FoldOp,
  GatherOp,
  JoinOp,
  PickOp,
  ReduceOp,
  ScanOp,
  TileType,
} from "../tile.ts";
import {
  checkTileShape,
  fault,
  requireAxis,
  requireDType,
  requireShape,
  sameType,
  showType,
  type TypeScope,
} from "./check.ts";
import { number } from "./dtypes.ts";

/** The typing rules of ops that go along an axis. */

export function joinType(op: JoinOp, left: TileType, right: TileType): TileType {
  if (!sameType(left, right))
    throw fault("tile/shape", `join needs two equal types, not ${showType(left)} and ${showType(right)}`, op);
  const shape = [...left.shape, 2];
  checkTileShape(shape, op);
  return { dtype: left.dtype, shape };
}

export function pickType(op: PickOp, input: TileType): TileType {
  requireAxis(op.axis, input, op);
  const size = input.shape[op.axis] ?? 1;
  if (!Number.isInteger(op.index) || op.index < 0 || op.index >= size)
    throw fault("tile/axis", `axis ${op.axis} of ${showType(input)} has no place ${op.index}`, op);
  return { dtype: input.dtype, shape: input.shape.toSpliced(op.axis, 1) };
}

export function gatherType(op: GatherOp, input: TileType, index: TileType): TileType {
  requireAxis(op.axis, input, op);
  if (index.dtype !== "i32") throw fault("tile/dtype", `an index is i32, not ${showType(index)}`, op);
  const fits =
    index.shape.length === input.shape.length &&
    index.shape.every((size, axis) => axis === op.axis || size === input.shape[axis]);
  if (fits) return { dtype: input.dtype, shape: index.shape };
  throw fault("tile/shape", `cannot gather ${showType(input)} by ${showType(index)} along ${op.axis}`, op, {
    hint: "the index has the shape of the tile, but along the axis",
  });
}

export function argsortType(op: ArgsortOp, input: TileType): TileType {
  requireDType("argsort", number, input, op);
  requireAxis(op.axis, input, op);
  return { dtype: "i32", shape: input.shape };
}

export function reduceType(op: ReduceOp, input: TileType): TileType {
  requireDType(op.op, number, input, op);
  requireAxis(op.axis, input, op);
  const place = op.op === "argmax" || op.op === "argmin";
  return { dtype: place ? "i32" : input.dtype, shape: input.shape.toSpliced(op.axis, 1) };
}

export function dotType(op: DotOp, left: TileType, right: TileType): TileType {
  if (left.dtype !== right.dtype)
    throw fault("tile/dtype", `dot needs equal dtypes, not ${left.dtype} and ${right.dtype}`, op);
  requireDType("dot", number, left, op);
  const [m, k] = left.shape;
  const [rows, n] = right.shape;
  const matrices = left.shape.length === 2 && right.shape.length === 2;
  if (m === undefined || n === undefined || !matrices || k !== rows) {
    throw fault("tile/shape", `cannot multiply ${showType(left)} by ${showType(right)}`, op, {
      hint: matrices ? `the inner sizes ${k} and ${rows} must be equal` : "dot takes two tiles of rank 2",
    });
  }
  checkTileShape([m, n], op);
  const exact = dtypeInfo[left.dtype].kind === "integer";
  return { dtype: exact ? left.dtype : "f32", shape: [m, n] };
}

/** The types of a fold's or a scan's results: what `results` must say. */
export function combinedTypes(
  op: Pick<FoldOp | ScanOp, "kind" | "axis" | "inputs" | "span">,
  scope: TypeScope,
): readonly TileType[] {
  const types = op.inputs.map((input) => scope.typeOf(input));
  const [first] = types;
  if (first === undefined) throw fault("tile/shape", `a ${op.kind} needs a tile`, op);
  requireAxis(op.axis, first, op);
  for (const type of types) requireShape("each tile", type, first.shape, op);
  const shape = op.kind === "fold" ? first.shape.toSpliced(op.axis, 1) : first.shape;
  return types.map(({ dtype }) => ({ dtype, shape }));
}
