import { Fault } from "@tilebook/base";
import {
  binaryMeaning,
  castValue,
  type Combine,
  type DType,
  dtypeInfo,
  type TileOp,
  unaryMeaning,
  type ValueId,
} from "@tilebook/ir";
import { bitcastValue } from "./bits.ts";
import type { Rounding } from "./elementwise.ts";

/** Sets `into` to the combination of the values `left` and `right`, which stand in this order on the axis. */
export type Combiner = (into: number[], left: readonly number[], right: readonly number[]) => void;

/** Reads the scalar of a value that a combine takes from outside. */
type Outside = (value: ValueId) => number;

/** A combine as a function of plain numbers, each op rounded to its dtype. */
export function combiner(
  combine: Combine,
  types: ReadonlyMap<ValueId, DType>,
  outside: Outside,
  rounding: Rounding,
): Combiner {
  const values = new Map<ValueId, number>();
  const read = (value: ValueId): number => values.get(value) ?? outside(value);
  const dtypeOf = (value: ValueId): DType => types.get(value) ?? "f32";
  const steps = combine.body.map((op) => stepOf(op, read, dtypeOf, rounding));
  return (into, left, right) => {
    combine.left.forEach((value, at) => values.set(value, left[at] ?? 0));
    combine.right.forEach((value, at) => values.set(value, right[at] ?? 0));
    for (const { result, compute } of steps) values.set(result, compute());
    combine.yields.forEach((value, at) => (into[at] = read(value)));
  };
}

interface Step {
  readonly result: ValueId;
  readonly compute: () => number;
}

function stepOf(
  op: TileOp,
  read: (value: ValueId) => number,
  dtypeOf: (value: ValueId) => DType,
  rounding: Rounding,
): Step {
  if (!("result" in op)) throw new Fault("tile/T8", `a combine has a ${op.kind}`, { span: op.span });
  const { result, type } = op;
  const rounds = rounding === "exact" || dtypeInfo[type.dtype].kind !== "float";
  const { round } = dtypeInfo[type.dtype];
  const compute = scalarOf(op, read, dtypeOf);
  return { result, compute: rounds ? () => round(compute()) : compute };
}

function scalarOf(
  op: TileOp,
  read: (value: ValueId) => number,
  dtypeOf: (value: ValueId) => DType,
): () => number {
  if (op.kind === "const") return () => op.value;
  if (op.kind === "unary") {
    const meaning = unaryMeaning[op.op];
    return () => meaning(read(op.input));
  }
  if (op.kind === "binary") {
    const integer = dtypeInfo[dtypeOf(op.left)].kind === "integer";
    const meaning = op.op === "mul" && integer ? Math.imul : binaryMeaning[op.op];
    return () => meaning(read(op.left), read(op.right));
  }
  if (op.kind === "select") return () => read(read(op.condition) === 0 ? op.no : op.yes);
  if (op.kind === "cast") return () => castValue(read(op.input), dtypeOf(op.input), op.type.dtype);
  if (op.kind === "bitcast") return () => bitcastValue(read(op.input), dtypeOf(op.input), op.type.dtype);
  throw new Fault("tile/T8", `a combine has a ${op.kind}`, { span: op.span });
}

/** Tiles of equal shape that are combined along an axis. */
export interface Lines {
  readonly inputs: readonly Float64Array[];
  readonly shape: readonly number[];
  readonly axis: number;
}

/** Folds each line along the axis, from its first element to its last; `outs` has one element for each line. */
export function foldInto(outs: readonly Float64Array[], lines: Lines, combine: Combiner): void {
  eachLine(lines, (line, first, stride, length) => {
    const total = lines.inputs.map((values) => values[first] ?? 0);
    for (let i = 1; i < length; i++) {
      const next = lines.inputs.map((values) => values[first + i * stride] ?? 0);
      combine(total, [...total], next);
    }
    outs.forEach((out, at) => (out[line] = total[at] ?? 0));
  });
}

/** The running values of each line, from its first element on, or from its last one back. */
export function scanInto(
  outs: readonly Float64Array[],
  lines: Lines,
  combine: Combiner,
  reverse: boolean,
): void {
  eachLine(lines, (_, first, stride, length) => {
    const start = reverse ? length - 1 : 0;
    const total = lines.inputs.map((values) => values[first + start * stride] ?? 0);
    for (let step = 0; step < length; step++) {
      const at = first + (reverse ? length - 1 - step : step) * stride;
      if (step > 0) {
        const next = lines.inputs.map((values) => values[at] ?? 0);
        combine(total, reverse ? next : [...total], reverse ? [...total] : next);
      }
      outs.forEach((out, place) => (out[at] = total[place] ?? 0));
    }
  });
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
