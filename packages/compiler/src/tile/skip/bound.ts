import type { Range, ValueId } from "@tilebook/ir";
import type { Definitions } from "./definitions.ts";
import { binaryScalar, numberScalar, programScalar, type Scalar, valueScalar } from "./scalar.ts";

/** A place in the turns of a loop, in terms of numbers that are known before it. */
export type Bound = BoundSum | { readonly kind: "min" | "max"; readonly of: readonly Bound[] };

/** (terms + constant) / divisor, towards 0. */
export interface BoundSum {
  readonly kind: "sum";
  readonly terms: ReadonlyMap<ValueId, number>;
  readonly constant: number;
  readonly divisor: number;
}

/** What is asked about the values of a bound. */
interface Known {
  readonly definitions: Definitions;
  readonly rangeOf: (value: ValueId) => Range;
}

/** Undefined where it may leave i32. */
export function scalarOfBound(bound: Bound, known: Known): Scalar | undefined {
  if (bound.kind === "sum") return scalarOfSum(bound, known);
  const [first, ...others] = bound.of.map((one) => scalarOfBound(one, known));
  return others.reduce((so, next) => binaryScalar(bound.kind, so, next), first);
}

function scalarOfSum({ terms, constant, divisor }: BoundSum, known: Known): Scalar | undefined {
  const [first, ...more] = [...terms].filter(([, times]) => times > 0);
  const less = [...terms].filter(([, times]) => times < 0);
  const start = first === undefined ? numberScalar(constant) : multiple(first, known);
  const added = more.reduce((so, term) => binaryScalar("add", so, multiple(term, known)), start);
  const sum = less.reduce(
    (so, [value, times]) => binaryScalar("sub", so, multiple([value, -times], known)),
    added,
  );
  const rest = first === undefined ? 0 : constant;
  const op = rest > 0 ? "add" : "sub";
  const whole = rest === 0 ? sum : binaryScalar(op, sum, numberScalar(Math.abs(rest)));
  return divisor === 1 ? whole : binaryScalar("idiv", whole, numberScalar(divisor));
}

function multiple([value, times]: readonly [ValueId, number], known: Known): Scalar | undefined {
  const [op, range] = [known.definitions.madeBy(value), known.rangeOf(value)];
  const program = op?.kind === "programId" || op?.kind === "numPrograms";
  const scalar = program ? programScalar(op, range) : valueScalar(value, range);
  return times === 1 ? scalar : binaryScalar("mul", scalar, numberScalar(times));
}

/** The bounds that all hold where `bound` does, the least (`min`) or the greatest (`max`) of them. */
export function partsOf(bound: Bound | undefined, kind: "min" | "max"): readonly Bound[] {
  if (bound === undefined) return [];
  return bound.kind === kind ? bound.of.flatMap((one) => partsOf(one, kind)) : [bound];
}

/** Equal keys, equal bounds. */
export function keyOfBound(bound: Bound): string {
  if (bound.kind !== "sum") return `${bound.kind}(${bound.of.map(keyOfBound).toSorted().join()})`;
  const terms = [...bound.terms].toSorted(([a], [b]) => a - b);
  return JSON.stringify([terms, bound.constant, bound.divisor]);
}
