import {
  type ForOp,
  type LaunchNumbers,
  rangesOf,
  type TileKernel,
  type TileOp,
  type ValueId,
  walkOps,
} from "@tilebook/ir";
import { FreshIds } from "../copy.ts";
import { hoistFromLoops } from "../hoist.ts";
import { mapBlocks } from "../rewrite.ts";
import { definitionsOf, valuesInside } from "./definitions.ts";
import { idleReach, masksIn, type Remark } from "./idle-reach.ts";
import { binaryScalar, numberScalar, type Scalar, ScalarWriter, valueScalar } from "./scalar.ts";
import type { Around } from "./sum.ts";
import { twice } from "./twice.ts";

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
  // What is the same in every turn may be part of a bound.
  const kernel = hoistFromLoops(given);
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

/** What a loop becomes, and what is computed for it before. */
interface Head {
  readonly before: readonly TileOp[];
  readonly around: (loop: ForOp) => readonly TileOp[];
}

function withHeads(block: readonly TileOp[], heads: ReadonlyMap<ValueId, Head>): readonly TileOp[] {
  return block.flatMap((op): readonly TileOp[] => {
    const inner = mapBlocks(op, (nested) => withHeads(nested, heads));
    const head = inner.kind === "for" ? heads.get(inner.index) : undefined;
    if (inner.kind !== "for" || head === undefined) return [inner];
    return [...head.before, ...head.around(inner)];
  });
}

/** Loops that are looked at: with masks, at most two of them one inside the other, and none that ends early. */
function loopsOf(kernel: TileKernel): readonly ForOp[] {
  const loops: ForOp[] = [];
  walkOps(kernel.body, (op) => {
    const plain = op.kind === "for" && op.while === undefined && depthOf(op.body) <= 2;
    if (plain && masksIn(op).length > 0) loops.push(op);
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
  const own = { lower: ownScalar(loop.lower, around), upper: ownScalar(loop.upper, around) };
  const upper = least(own.upper, reach.end);
  const way = wayTo(loop, own.lower, least(upper, greatest(reach.from)));
  const lower = reach.from.length === 0 ? own.lower : (binaryScalar("add", own.lower, way) ?? own.lower);
  const writer = new ScalarWriter(fresh, loop.span);
  const early = reach.unseen === undefined ? undefined : least(upper, reach.unseen.end);
  const again = early === undefined ? undefined : wayTo(loop, lower, early);
  if (reach.unseen === undefined || early === undefined || again === undefined) {
    if (lower === own.lower && upper === own.upper) return undefined;
    const [from, to] = [writer.write(lower), writer.write(upper)];
    return { before: writer.ops, around: (inner) => [{ ...inner, lower: from, upper: to }] };
  }
  const { guard } = reach.unseen;
  const ends = { lower: writer.write(lower), upper: writer.write(upper) };
  const places = { ...ends, early: writer.write(early), way: writer.write(again), guard };
  return { before: writer.ops, around: (inner) => twice(inner, places, fresh) };
}

function least(first: Scalar, others: readonly Scalar[]): Scalar {
  return others.reduce((so, next) => binaryScalar("min", so, next) ?? so, first);
}

function greatest([first, ...others]: readonly Scalar[]): readonly Scalar[] {
  return first === undefined ? [] : [others.reduce((so, next) => binaryScalar("max", so, next) ?? so, first)];
}

/** From a turn to the first one whose index is at least `end`. */
function wayTo({ step }: ForOp, from: Scalar, end: Scalar): Scalar | undefined {
  const gap = binaryScalar("max", binaryScalar("sub", end, from), numberScalar(0));
  if (step === 1) return gap;
  const turns = binaryScalar("idiv", binaryScalar("add", gap, numberScalar(step - 1)), numberScalar(step));
  return binaryScalar("mul", turns, numberScalar(step));
}

function ownScalar(value: ValueId, { definitions, rangeOf }: Around): Scalar {
  const op = definitions.madeBy(value);
  const zero = op?.kind === "const" && op.value === 0;
  return (zero ? numberScalar(0, value) : undefined) ?? valueScalar(value, rangeOf(value));
}
