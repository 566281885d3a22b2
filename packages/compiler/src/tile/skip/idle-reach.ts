import type { FaultData } from "@tilebook/base";
import { type Carried, type ForOp, isValueOp, type TileOp, type ValueId, walkOps } from "@tilebook/ir";
import { type Bound, keyOfBound, partsOf, scalarOfBound } from "./bound.ts";
import type { Definitions } from "./definitions.ts";
import { reachOf } from "./reach.ts";
import { sayShortened, sayWhole } from "./say.ts";
import type { Scalar } from "./scalar.ts";
import { type Around, sumOf } from "./sum.ts";
import { leastKnown, type Stir, stirOf } from "./turn.ts";

export type Remark = (remark: FaultData) => void;

/** Before any of `from`, and from any of `end` on, turns change nothing. */
export interface IdleReach {
  readonly from: readonly Scalar[];
  readonly end: readonly Scalar[];
  /** From any of these on they change nothing either, where the guard holds. */
  readonly unseen?: { readonly guard: Guard; readonly end: readonly Scalar[] };
}

/** No element of a carried value is below this number when a turn begins. */
export interface Guard {
  readonly item: Carried;
  readonly least: number;
}

/** Masks of a loop that are looked at. */
const mostMasks = 32;

export function idleReach(loop: ForOp, around: Around, remark: Remark): IdleReach {
  const from = new Map<string, Scalar>();
  const end = new Map<string, Scalar>();
  const unseen = new Map<string, Scalar>();
  const [guard] = guardsOf(loop, around.definitions);
  const left: TileOp[] = [];
  const kept: (readonly [TileOp, Stir])[] = [];
  for (const [mask, value] of masksIn(loop)) {
    const reach = reachOf(value, around);
    const first = useful(partsOf(reach.from, "max"), (bound) => startsLater(loop, around, bound));
    const last = useful(partsOf(reach.end, "min"), (bound) => endsEarlier(loop, around, bound));
    if (first.size + last.size === 0) continue;
    const stir = stirOf(loop, { isFalse: value }, around.definitions);
    if (stir === undefined) {
      left.push(mask);
      first.forEach((scalar, key) => from.set(key, scalar));
      last.forEach((scalar, key) => end.set(key, scalar));
    } else if (last.size > 0 && isIdleBehind(guard, loop, { around, isFalse: value })) {
      left.push(mask);
      last.forEach((scalar, key) => unseen.set(key, scalar));
    } else kept.push([mask, stir]);
  }
  const [whole] = kept;
  if (left.length > 0) remark(sayShortened(loop, left));
  else if (whole !== undefined) remark(sayWhole(loop, ...whole));
  const always = { from: [...from.values()], end: [...end.values()] };
  return guard === undefined || unseen.size === 0
    ? always
    : { ...always, unseen: { guard, end: [...unseen.values()] } };
}

/** Numbers above this may be scores; those below stand for minus infinity, and have no exponential beside what is above their half. */
const lowest = -2000;

/**
 * A maximum that begins with a number which stands for minus infinity, or below one that stands in hidden places: a row of it that is
 * greater than half of that has seen something. Then what the mask hides adds nothing to the row's sums.
 */
function guardsOf(loop: ForOp, definitions: Definitions): readonly Guard[] {
  const hidden = hiddenNumbers(loop, definitions);
  return loop.carried.flatMap((item): readonly Guard[] => {
    const op = definitions.madeBy(item.yield);
    const grows = op?.kind === "binary" && op.op === "max" && [op.left, op.right].includes(item.argument);
    const start = leastKnown(item.argument, definitions);
    const isFloat = item.type.dtype === "f32" || item.type.dtype === "f16";
    const number = Math.max(...[start, ...hidden].filter((one) => Number.isFinite(one)));
    return isFloat && grows && start < lowest && number < lowest ? [{ item, least: number / 2 }] : [];
  });
}

/** Of all that stands where a mask is false, numbers for minus infinity. */
function hiddenNumbers(loop: ForOp, { madeBy, spreadFrom }: Definitions): readonly number[] {
  const numbers: number[] = [];
  walkOps(loop.body, (op) => {
    const no = op.kind === "select" ? madeBy(spreadFrom(op.no)) : undefined;
    if (no?.kind === "const" && no.value < lowest) numbers.push(no.value);
  });
  return numbers;
}

function isIdleBehind(
  guard: Guard | undefined,
  loop: ForOp,
  { around, isFalse }: { readonly around: Around; readonly isFalse: ValueId },
): boolean {
  if (guard === undefined) return false;
  const atLeast = new Map([[guard.item.argument, guard.least]]);
  return stirOf(loop, { isFalse, atLeast }, around.definitions) === undefined;
}

function useful(
  bounds: readonly Bound[],
  scalarOf: (bound: Bound) => Scalar | undefined,
): ReadonlyMap<string, Scalar> {
  const found = new Map<string, Scalar>();
  for (const bound of bounds) {
    const scalar = scalarOf(bound);
    if (scalar !== undefined) found.set(keyOfBound(bound), scalar);
  }
  return found;
}

/** The masks of a loop: not all of very many. */
export function masksIn(loop: ForOp): readonly (readonly [TileOp, ValueId])[] {
  const masks: (readonly [TileOp, ValueId])[] = [];
  walkOps(loop.body, (op) => {
    if (isValueOp(op) && op.type.dtype === "bool" && op.kind !== "const") masks.push([op, op.result]);
  });
  return masks.slice(0, mostMasks);
}

/** The bound as a number, where a turn may come that it leaves out and that the loop's own end does not. */
function endsEarlier(loop: ForOp, around: Around, bound: Bound): Scalar | undefined {
  const scalar = scalarOfBound(bound, around);
  const has = scalar !== undefined && scalar.range.least < around.rangeOf(loop.upper).most;
  return has && !isThere(loop.upper, "min", bound, around) ? scalar : undefined;
}

function startsLater(loop: ForOp, around: Around, bound: Bound): Scalar | undefined {
  const scalar = scalarOfBound(bound, around);
  const has = scalar !== undefined && scalar.range.most > around.rangeOf(loop.lower).least;
  return has && !isThere(loop.lower, "max", bound, around) ? scalar : undefined;
}

/** Whether the loop's own start or end is that bound, or the least or greatest of it and others. */
function isThere(value: ValueId, kind: "min" | "max", bound: Bound, around: Around): boolean {
  const { terms, least, most } = sumOf(value, around);
  const own: Bound = { kind: "sum", terms, constant: least, divisor: 1 };
  if (least === most && keyOfBound(own) === keyOfBound(bound)) return true;
  const op = around.definitions.madeBy(value);
  if (op?.kind !== "binary" || op.op !== kind) return false;
  return isThere(op.left, kind, bound, around) || isThere(op.right, kind, bound, around);
}
