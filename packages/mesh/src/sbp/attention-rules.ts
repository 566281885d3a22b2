import { type AttentionNode, attentionSizes } from "@tilebook/ir";
import { broadcast, rangesOf, split } from "./sbp.ts";
import { axes, type Signature } from "./signature.ts";

type Shape = readonly number[];

/** Batch entries and heads are independent; queries too where no mask counts them. What goes around a ring is a plan of its own, not a signature. */
export function attentionRules(
  { tokensFirst, causal, type }: AttentionNode,
  shapes: readonly [Shape, Shape, Shape],
  ranks: number,
): readonly Signature[] {
  const rank = type.shape.length;
  const sizes = attentionSizes(shapes, tokensFirst);
  if (sizes === undefined) return [];
  const headAxis = tokensFirst ? rank - 2 : rank - 3;
  const tokenAxis = tokensFirst ? rank - 3 : rank - 2;
  const found = axes(Math.max(0, rank - 3)).map(all);
  const shared: Signature = { inputs: [split(headAxis), broadcast, broadcast], output: split(headAxis) };
  if (headAxis >= 0 && sizes.heads === sizes.group) found.push(shared);
  else if (headAxis >= 0 && headsAlign(sizes.heads, sizes.group, ranks)) found.push(all(headAxis));
  if (!causal) found.push({ inputs: [split(tokenAxis), broadcast, broadcast], output: split(tokenAxis) });
  return found;
}

function all(axis: number): Signature {
  return { inputs: [split(axis), split(axis), split(axis)], output: split(axis) };
}

/** Whether each rank's heads of q are just those that its heads of k and v serve. */
function headsAlign(heads: number, group: number, ranks: number): boolean {
  const keys = rangesOf(heads / group, ranks);
  return rangesOf(heads, ranks).every(({ start, end }, rank) => {
    const mine = keys[rank];
    return mine !== undefined && start === mine.start * group && end === mine.end * group;
  });
}
