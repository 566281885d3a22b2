import { Fault } from "@tilebook/base";
import {
  castValue,
  type Combine,
  type DType,
  dtypeInfo,
  type TileOp,
  unaryMeaning,
  type ValueId,
} from "@tilebook/ir";
import { bitcastValue } from "./bits.ts";
import { binaryOf, type Rounding } from "./elementwise.ts";

/** Sets `into` to the combination of the values `left` and `right`, which stand in this order on the axis. */
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
  const values = new Map<ValueId, number>();
  const read = (value: ValueId): number => values.get(value) ?? around.outside(value);
  const steps = combine.body.map((op) => stepOf(op, read, around));
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

function stepOf(op: TileOp, read: (value: ValueId) => number, around: Surroundings): Step {
  if (!("result" in op)) throw new Fault("tile/T8", `a combine has a ${op.kind}`, { span: op.span });
  const { result, type } = op;
  const rounds = around.rounding === "exact" || dtypeInfo[type.dtype].kind !== "float";
  const { round } = dtypeInfo[type.dtype];
  const compute = scalarOf(op, read, around.dtypeOf);
  return { result, compute: rounds ? () => round(compute()) : compute };
}

function scalarOf(
  op: TileOp,
  read: (value: ValueId) => number,
  dtypeOf: Surroundings["dtypeOf"],
): () => number {
  switch (op.kind) {
    case "const":
      return () => op.value;
    case "unary": {
      const meaning = unaryMeaning[op.op];
      return () => meaning(read(op.input));
    }
    case "binary": {
      const meaning = binaryOf(op.op, dtypeOf(op.left));
      return () => meaning(read(op.left), read(op.right));
    }
    case "select":
      return () => read(read(op.condition) === 0 ? op.no : op.yes);
    case "cast":
      return () => castValue(read(op.input), dtypeOf(op.input), op.type.dtype);
    case "bitcast":
      return () => bitcastValue(read(op.input), dtypeOf(op.input), op.type.dtype);
    default:
      throw new Fault("tile/T8", `a combine has a ${op.kind}`, { span: op.span });
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
