import type { FaultData } from "@tilebook/base";
import {
  type ForOp,
  isValueOp,
  type LaunchNumbers,
  rangesOf,
  type TileKernel,
  type TileOp,
  type ValueId,
  walkOps,
} from "@tilebook/ir";
import { FreshIds } from "../copy.ts";
import { mergeEqual } from "../merge.ts";
import { mapBlocks } from "../rewrite.ts";
import { type Bound, keyOfBound, partsOf, scalarOfBound } from "./bound.ts";
import { definitionsOf, valuesInside } from "./definitions.ts";
import { reachOf } from "./reach.ts";
import { binaryScalar, numberScalar, type Scalar, ScalarWriter, valueScalar } from "./scalar.ts";
import { type Around, sumOf } from "./sum.ts";
import { sayShortened, sayWhole } from "./say.ts";
import { type Stir, stirOf } from "./turn.ts";

/**
 * Leaves out the first and the last turns of loops in which a mask is false everywhere, where such a turn changes nothing: a loop
 * over keys ends with the last key that a query of the program sees. Where that is comes from numbers that are known before the
 * loop; the launch's numbers say that computing it stays within i32, and whether there are such turns at all.
 *
 * That a turn changes nothing holds as long as nothing in it is NaN: see docs/tile-language.md.
 *
 * `remark` hears which loops were shortened by which masks, and of loops that have such turns and keep them, why.
 */
export function shortenLoops(
  given: TileKernel,
  launch: LaunchNumbers,
  remark: Remark = () => undefined,
): TileKernel {
  if (loopsOf(given).length === 0) return given;
  // Equal numbers have one name here: a program's own place is asked for wherever it is needed.
  const kernel = mergeEqual(given);
  const definitions = definitionsOf(kernel);
  const rangeOf = rangesOf(kernel, launch);
  const fresh = new FreshIds(kernel);
  const heads = new Map<ValueId, Head>();
  for (const loop of loopsOf(kernel)) {
    const inside = valuesInside(loop);
    const around: Around = { definitions, rangeOf, index: loop.index, inside, sums: new Map() };
    const head = headOf(loop, around, { fresh, remark });
    if (head !== undefined) heads.set(loop.index, head);
  }
  return heads.size === 0 ? given : { ...kernel, body: withHeads(kernel.body, heads) };
}

type Remark = (remark: FaultData) => void;

/** How a loop begins and ends, and what is computed for it before. */
interface Head {
  readonly before: readonly TileOp[];
  readonly lower: ValueId;
  readonly upper: ValueId;
}

function withHeads(block: readonly TileOp[], heads: ReadonlyMap<ValueId, Head>): readonly TileOp[] {
  return block.flatMap((op): readonly TileOp[] => {
    const inner = mapBlocks(op, (nested) => withHeads(nested, heads));
    const head = inner.kind === "for" ? heads.get(inner.index) : undefined;
    if (inner.kind !== "for" || head === undefined) return [inner];
    return [...head.before, { ...inner, lower: head.lower, upper: head.upper }];
  });
}

/** Loops that are looked at: those in which at most two stand one inside the other, and that do not end early. */
function loopsOf(kernel: TileKernel): readonly ForOp[] {
  const loops: ForOp[] = [];
  walkOps(kernel.body, (op) => {
    if (op.kind === "for" && op.while === undefined && depthOf(op.body) <= 2) loops.push(op);
  });
  return loops;
}

function depthOf(block: readonly TileOp[]): number {
  let most = 0;
  for (const op of block) {
    if (op.kind === "for") most = Math.max(most, 1 + depthOf(op.body));
    if (op.kind === "if") most = Math.max(most, depthOf(op.whenTrue), depthOf(op.whenFalse));
  }
  return most;
}

function headOf(
  loop: ForOp,
  around: Around,
  { fresh, remark }: { readonly fresh: FreshIds; readonly remark: Remark },
): Head | undefined {
  const reach = idleReach(loop, around, remark);
  const lower = raised(loop, around, reach.from);
  const upper = lowered(loop, around, reach.end);
  if (lower === undefined && upper === undefined) return undefined;
  const writer = new ScalarWriter(fresh, loop.span);
  const from = lower === undefined ? loop.lower : writer.write(lower);
  const to = upper === undefined ? loop.upper : writer.write(upper);
  return { before: writer.ops, lower: from, upper: to };
}

/** Before one of `from`, and from one of `end` on, turns change nothing. */
interface IdleReach {
  readonly from: readonly Scalar[];
  readonly end: readonly Scalar[];
}

/** Masks of a loop that are looked at. */
const mostMasks = 32;

function idleReach(loop: ForOp, around: Around, remark: Remark): IdleReach {
  const from = new Map<string, Scalar>();
  const end = new Map<string, Scalar>();
  const left: TileOp[] = [];
  const kept: (readonly [TileOp, Stir])[] = [];
  for (const [mask, value] of masksIn(loop)) {
    const reach = reachOf(value, around);
    const first = useful(partsOf(reach.from, "max"), (bound) => startsLater(loop, around, bound));
    const last = useful(partsOf(reach.end, "min"), (bound) => endsEarlier(loop, around, bound));
    if (first.size + last.size === 0) continue;
    const stir = stirOf(loop, { isFalse: value }, around.definitions);
    if (stir !== undefined) {
      kept.push([mask, stir]);
      continue;
    }
    left.push(mask);
    first.forEach((scalar, key) => from.set(key, scalar));
    last.forEach((scalar, key) => end.set(key, scalar));
  }
  const [whole] = kept;
  if (left.length > 0) remark(sayShortened(loop, left));
  else if (whole !== undefined) remark(sayWhole(loop, ...whole));
  return { from: [...from.values()], end: [...end.values()] };
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

function masksIn(loop: ForOp): readonly (readonly [TileOp, ValueId])[] {
  const masks: (readonly [TileOp, ValueId])[] = [];
  walkOps(loop.body, (op) => {
    if (isValueOp(op) && op.type.dtype === "bool" && op.kind !== "const") masks.push([op, op.result]);
  });
  return masks.slice(0, mostMasks);
}

/** The bound as a number, where a turn may come that it leaves out and that the loop's own end does not. */
function endsEarlier(loop: ForOp, around: Around, bound: Bound): Scalar | undefined {
  const scalar = scalarOfBound(bound, around.rangeOf);
  const has = scalar !== undefined && scalar.range.least < around.rangeOf(loop.upper).most;
  return has && !isThere(loop.upper, "min", bound, around) ? scalar : undefined;
}

function startsLater(loop: ForOp, around: Around, bound: Bound): Scalar | undefined {
  const scalar = scalarOfBound(bound, around.rangeOf);
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

function lowered(loop: ForOp, around: Around, ends: readonly Scalar[]): Scalar | undefined {
  const own = ownScalar(loop.upper, around);
  const end = ends.reduce((so: Scalar | undefined, next) => binaryScalar("min", so, next), own);
  return end === own ? undefined : end;
}

/** The first turn of the loop that is not before any of these. */
function raised(loop: ForOp, around: Around, starts: readonly Scalar[]): Scalar | undefined {
  const own = ownScalar(loop.lower, around);
  const [first, ...others] = starts;
  if (first === undefined) return undefined;
  const start = others.reduce((so: Scalar | undefined, next) => binaryScalar("max", so, next), first);
  return start === undefined ? undefined : firstTurn(loop, own, start);
}

function ownScalar(value: ValueId, { definitions, rangeOf }: Around): Scalar {
  const op = definitions.madeBy(value);
  const number = op?.kind === "const" ? numberScalar(op.value) : undefined;
  return number ?? valueScalar(value, rangeOf(value));
}

/** The first turn whose index is at least so much. */
function firstTurn({ step }: ForOp, own: Scalar, least: Scalar): Scalar | undefined {
  if (step === 1) return binaryScalar("max", own, least);
  const gap = binaryScalar("max", binaryScalar("sub", least, own), numberScalar(0));
  const beyond = binaryScalar("add", gap, numberScalar(step - 1));
  const turns = binaryScalar("idiv", beyond, numberScalar(step));
  return binaryScalar("add", own, binaryScalar("mul", turns, numberScalar(step)));
}
