import { Fault } from "@tilebook/base";
import {
  type BinaryOp,
  type BitcastOp,
  type CastOp,
  castValue,
  type Combine,
  type ConstOp,
  type DType,
  dtypeInfo,
  resultsOf,
  type SelectOp,
  type TileOp,
  unaryMeaning,
  type UnaryOp,
  type ValueId,
} from "@tilebook/ir";
import { bitcastValue } from "./bits.ts";
import { binaryOf, type Rounding } from "./elementwise.ts";

/** Sets `into`, which may be one of them, to the combination of `left` and `right`, in this order on the axis. */
export type Combiner = (into: number[], left: readonly number[], right: readonly number[]) => void;

/** Where a combine runs. */
interface Surroundings {
  readonly dtypeOf: (value: ValueId) => DType;
  /** The scalar of a value that the combine takes from outside. */
  readonly outside: (value: ValueId) => number;
  readonly rounding: Rounding;
}

/** A combine as a function of plain numbers, each op rounded to its dtype. */
export function combiner(combine: Combine, around: Surroundings): Combiner {
  const values: number[] = [];
  const places = new Map<ValueId, number>();
  const placeOf = (value: ValueId): number => {
    const place = places.get(value) ?? values.push(0) - 1;
    places.set(value, place);
    return place;
  };
  const [lefts, rights] = [combine.left.map(placeOf), combine.right.map(placeOf)];
  const inner = new Set([
    ...combine.left,
    ...combine.right,
    ...combine.body.flatMap(resultsOf).map((item) => item.value),
  ]);
  const read = (value: ValueId): (() => number) => {
    const place = placeOf(value);
    if (!inner.has(value)) values[place] = around.outside(value);
    return () => values[place] ?? 0;
  };
  const steps = combine.body.map((op) => stepOf(op, read, around));
  const targets = steps.map((step) => placeOf(step.result));
  const yields = combine.yields.map(read);
  return (into, left, right) => {
    for (let at = 0; at < lefts.length; at++) {
      values[lefts[at] ?? 0] = left[at] ?? 0;
      values[rights[at] ?? 0] = right[at] ?? 0;
    }
    for (let at = 0; at < steps.length; at++) values[targets[at] ?? 0] = steps[at]?.compute() ?? 0;
    for (let at = 0; at < yields.length; at++) into[at] = yields[at]?.() ?? 0;
  };
}

interface Step {
  readonly result: ValueId;
  readonly compute: () => number;
}

/** Gives a way to read a value of the combine, or one from outside. */
type Reader = (value: ValueId) => () => number;

function stepOf(op: TileOp, read: Reader, around: Surroundings): Step {
  if (!isScalarOp(op)) throw new Fault("tile/T8", `a combine has a ${op.kind}`, { span: op.span });
  const { result, type } = op;
  const rounds = around.rounding === "exact" || dtypeInfo[type.dtype].kind !== "float";
  const { round } = dtypeInfo[type.dtype];
  const compute = scalarOf(op, read, around.dtypeOf);
  return { result, compute: rounds ? () => round(compute()) : compute };
}

/** What a combine may be made of (rule T8). */
type ScalarOp = ConstOp | UnaryOp | BinaryOp | SelectOp | CastOp | BitcastOp;

function isScalarOp(op: TileOp): op is ScalarOp {
  return ["const", "unary", "binary", "select", "cast", "bitcast"].includes(op.kind);
}

function scalarOf(op: ScalarOp, read: Reader, dtypeOf: Surroundings["dtypeOf"]): () => number {
  switch (op.kind) {
    case "const":
      return () => op.value;
    case "unary": {
      const [meaning, input] = [unaryMeaning[op.op], read(op.input)];
      return () => meaning(input());
    }
    case "binary": {
      const [meaning, left, right] = [binaryOf(op.op, dtypeOf(op.left)), read(op.left), read(op.right)];
      return () => meaning(left(), right());
    }
    case "select": {
      const [condition, yes, no] = [read(op.condition), read(op.yes), read(op.no)];
      return () => (condition() === 0 ? no() : yes());
    }
    case "cast": {
      const [from, input] = [dtypeOf(op.input), read(op.input)];
      return () => castValue(input(), from, op.type.dtype);
    }
    case "bitcast": {
      const [from, input] = [dtypeOf(op.input), read(op.input)];
      return () => bitcastValue(input(), from, op.type.dtype);
    }
  }
}

/** Tiles of equal shape that are combined along an axis. */
export interface Lines {
  readonly inputs: readonly Float64Array[];
  readonly shape: readonly number[];
  readonly axis: number;
}

/** Folds each line along the axis, from its first element to its last; `outs` has one element for each line. */
export function foldInto(outs: readonly Float64Array[], lines: Lines, combine: Combiner): void {
  const total: number[] = [];
  const next: number[] = [];
  eachLine(lines, (line, first, stride, length) => {
    readInto(total, lines.inputs, first);
    for (let i = 1; i < length; i++) {
      readInto(next, lines.inputs, first + i * stride);
      combine(total, total, next);
    }
    writeTo(outs, line, total);
  });
}

/** The running values of each line, from its first element on, or from its last one back. */
export function scanInto(
  outs: readonly Float64Array[],
  lines: Lines,
  combine: Combiner,
  reverse: boolean,
): void {
  const total: number[] = [];
  const next: number[] = [];
  eachLine(lines, (_, first, stride, length) => {
    const placeOf = (step: number): number => first + (reverse ? length - 1 - step : step) * stride;
    readInto(total, lines.inputs, placeOf(0));
    writeTo(outs, placeOf(0), total);
    for (let step = 1; step < length; step++) {
      readInto(next, lines.inputs, placeOf(step));
      if (reverse) combine(total, next, total);
      else combine(total, total, next);
      writeTo(outs, placeOf(step), total);
    }
  });
}

function readInto(into: number[], tiles: readonly Float64Array[], place: number): void {
  for (let at = 0; at < tiles.length; at++) into[at] = tiles[at]?.[place] ?? 0;
}

function writeTo(tiles: readonly Float64Array[], place: number, from: readonly number[]): void {
  for (const [at, tile] of tiles.entries()) tile[place] = from[at] ?? 0;
}

/** For each vector along `axis`, its number, its first element, the step between its elements and their count. */
export function eachLine(
  { shape, axis }: Pick<Lines, "shape" | "axis">,
  visit: (line: number, first: number, stride: number, length: number) => void,
): void {
  const length = shape[axis] ?? 1;
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const count = shape.reduce((a, b) => a * b, 1) / length;
  for (let line = 0; line < count; line++) {
    visit(line, Math.floor(line / inner) * length * inner + (line % inner), inner, length);
  }
}
