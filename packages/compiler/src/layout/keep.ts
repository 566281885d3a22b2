import {
  type BinaryOp,
  type DotOp,
  isValueOp,
  type TileOp,
  type TileValueOp,
  type ValueId,
} from "@tilebook/ir";
import { type Facts, isKept, readsWritten, type Use } from "./facts.ts";

/**
 * Which tile values are kept in registers, and which are index functions: computed anew, at any element, by
 * whichever thread wants it. Scalars are always kept.
 */
export interface Kept {
  readonly tiles: ReadonlySet<ValueId>;
  /** Additions that a dot accumulates into: the sum's value to the dot's. The dot is computed with the sum. */
  readonly sums: ReadonlyMap<ValueId, DotOp>;
}

/** Who ends up computing a value: the ops that evaluate it, and on which kinds of ways they come to it. */
interface Reach {
  readonly sites: ReadonlySet<TileOp | string>;
  readonly throughShape: boolean;
  readonly byDot: boolean;
}

const nowhere: Reach = { sites: new Set(), throughShape: false, byDot: false };

/** An op that needs this much for an element is worth a register when it would run twice. */
const dear = 4;
/** Places that take more than this are computed once. */
const mostPlain = 32;

export function chooseKept(facts: Facts): Kept {
  const tiles = new Set<ValueId>();
  const sums = findSums(facts);
  const reaches = new Map<ValueId, Reach>();
  for (const op of facts.ops.toReversed()) {
    if (!isValueOp(op) || op.type.shape.length === 0) continue;
    const reach = facts
      .usesOf(op.result)
      .map((use) => reachOf(op, use, { tiles, reaches, facts }))
      .reduce(join, nowhere);
    reaches.set(op.result, reach);
    if (mustKeep(op, facts) || worthKeeping(op, reach, facts) || isOpenSum(op, sums, facts))
      tiles.add(op.result);
  }
  return { tiles, sums };
}

function mustKeep(op: TileValueOp, facts: Facts): boolean {
  if (isKept(op) || readsWritten(op, facts.pointers) || facts.heavy.has(op.result)) return true;
  // What a fold, a scan or a sort reads is read by any thread.
  return facts.usesOf(op.result).some(({ op: user }) => isCollective(user)) && facts.owned(op.result);
}

function isCollective(op: TileOp): boolean {
  return op.kind === "fold" || op.kind === "scan" || op.kind === "argsort";
}

function worthKeeping(op: TileValueOp, reach: Reach, facts: Facts): boolean {
  const computes = op.kind === "unary" || op.kind === "binary" || op.kind === "select" || op.kind === "cast";
  if (!computes && op.kind !== "load") return false;
  const cost = facts.cost(op.result);
  if (cost < dear || isPlain(op, facts)) return false;
  const often = reach.sites.size >= 2;
  if (facts.owned(op.result)) return often || reach.throughShape || reach.byDot;
  return often && !reach.throughShape && !reach.byDot;
}

/** Places and masks: the emitter writes each once where it is wanted, and only then sees what runs by fours. */
function isPlain(op: TileValueOp, facts: Facts): boolean {
  const { dtype } = op.type;
  if (dtype !== "i32" && dtype !== "u32" && dtype !== "bool") return false;
  return op.kind !== "load" && !facts.reads(op.result) && facts.cost(op.result) < mostPlain;
}

/** A sum with a dot inside is kept, unless it only becomes a loop's next value: then it is added in place. */
function isOpenSum(op: TileValueOp, sums: Kept["sums"], facts: Facts): boolean {
  if (!sums.has(op.result)) return false;
  const uses = facts.usesOf(op.result);
  return uses.length !== 1 || uses.some((use) => !use.handedOut || use.op.kind !== "for");
}

function reachOf(
  op: TileValueOp,
  use: Use,
  from: {
    readonly tiles: ReadonlySet<ValueId>;
    readonly reaches: ReadonlyMap<ValueId, Reach>;
    readonly facts: Facts;
  },
): Reach {
  const again = use.loops > from.facts.loopsAt(op.result) ? ["again"] : [];
  const user = use.op;
  if (use.handedOut || !isValueOp(user) || user.type.shape.length === 0 || from.tiles.has(user.result)) {
    const byDot = user.kind === "dot" && !use.handedOut;
    return { sites: new Set([user, ...again]), throughShape: false, byDot };
  }
  const reach = from.reaches.get(user.result) ?? nowhere;
  const reshapes =
    user.kind === "broadcast" ||
    user.kind === "reshape" ||
    user.kind === "transpose" ||
    user.kind === "gather";
  return {
    sites: new Set([...reach.sites, ...again]),
    throughShape: reach.throughShape || reshapes,
    byDot: reach.byDot,
  };
}

function join(a: Reach, b: Reach): Reach {
  return {
    sites: new Set([...a.sites, ...b.sites]),
    throughShape: a.throughShape || b.throughShape,
    byDot: a.byDot || b.byDot,
  };
}

/** Finds `x + dot(...)` where nothing else reads the dot and both stand in one block. */
function findSums(facts: Facts): ReadonlyMap<ValueId, DotOp> {
  const sums = new Map<ValueId, DotOp>();
  for (const op of facts.ops) {
    if (op.kind !== "binary" || op.op !== "add") continue;
    const dot = [op.right, op.left]
      .map((value) => onlyDot(value, op, facts))
      .find((found) => found !== undefined);
    if (dot !== undefined && op.left !== op.right) sums.set(op.result, dot);
  }
  return sums;
}

function onlyDot(value: ValueId, sum: BinaryOp, facts: Facts): DotOp | undefined {
  const op = facts.definitions.get(value);
  const alone = facts.usesOf(value).length === 1;
  const together = facts.loopsAt(value) === facts.loopsAt(sum.result);
  return op?.kind === "dot" && alone && together ? op : undefined;
}
