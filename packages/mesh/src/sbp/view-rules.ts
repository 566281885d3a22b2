import type { PasteNode, SliceNode, WindowNode } from "@tilebook/ir";
import { broadcast, partial, rangesOf, split } from "./sbp.ts";
import { axes, type Signature } from "./signature.ts";

type Shape = readonly number[];

/** Views move elements, so terms of a sum stay terms. */
const terms: readonly Signature[] = (["sum", "max", "min"] as const).map((op) => ({
  inputs: [partial[op]],
  output: partial[op],
}));

/** An axis stays cut where both shapes have the same elements before it, and each rank's part of one is its part of the other. */
export function reshapeRules(from: Shape, to: Shape, ranks: number): readonly Signature[] {
  const pairs = axes(from.length).flatMap((axis) => axes(to.length).map((other) => [axis, other] as const));
  const kept = pairs.filter(
    ([axis, other]) =>
      product(from.slice(0, axis)) === product(to.slice(0, other)) &&
      partsMatch([from.slice(axis), to.slice(other)], ranks),
  );
  return [...terms, ...kept.map(([axis, other]) => ({ inputs: [split(axis)], output: split(other) }))];
}

/** Whether the first axes of two shapes, cut, give each rank the same elements. */
function partsMatch([a, b]: readonly [Shape, Shape], ranks: number): boolean {
  const [wide, narrow] = [product(a.slice(1)), product(b.slice(1))];
  const right = rangesOf(b[0] ?? 0, ranks);
  return rangesOf(a[0] ?? 0, ranks).every(({ start, end }, rank) => {
    const other = right[rank];
    return other !== undefined && start * wide === other.start * narrow && end * wide === other.end * narrow;
  });
}

export function permuteRules(order: readonly number[]): readonly Signature[] {
  return [...terms, ...order.map((from, to) => ({ inputs: [split(from)], output: split(to) }))];
}

/** A repeated axis can be cut without its input. */
export function repeatRules(from: Shape, to: Shape): readonly Signature[] {
  const cut = axes(to.length).map((axis) => {
    const repeated = from[axis] === 1 && to[axis] !== 1;
    return { inputs: [repeated ? broadcast : split(axis)], output: split(axis) };
  });
  return [...terms, ...cut];
}

/** Axes that are taken whole can be cut. */
export function sliceRules(node: SliceNode, from: Shape): readonly Signature[] {
  const whole = axes(from.length).filter((axis) => isWhole(node, axis, from[axis] === node.type.shape[axis]));
  return [...terms, ...whole.map((axis) => ({ inputs: [split(axis)], output: split(axis) }))];
}

export function pasteRules(node: PasteNode, from: Shape): readonly Signature[] {
  const whole = axes(from.length).filter((axis) => isWhole(node, axis, from[axis] === node.type.shape[axis]));
  return [
    { inputs: [partial.sum, partial.sum], output: partial.sum },
    ...whole.map((axis) => ({ inputs: [split(axis), split(axis)], output: split(axis) })),
  ];
}

export function windowRules({ axis, type }: WindowNode): readonly Signature[] {
  const others = axes(type.shape.length - 1).filter((other) => other !== axis);
  return [...terms, ...others.map((other) => ({ inputs: [split(other)], output: split(other) }))];
}

function isWhole({ start, step }: SliceNode | PasteNode, axis: number, sameSize: boolean): boolean {
  return sameSize && (start[axis] ?? 0) === 0 && (step?.[axis] ?? 1) === 1;
}

function product(sizes: Shape): number {
  return sizes.reduce((all, size) => all * size, 1);
}
