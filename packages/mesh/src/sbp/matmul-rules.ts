import { broadcast, partial, split } from "./sbp.ts";
import { axes, type Signature } from "./signature.ts";

/** The table of OneFlow (arXiv 2110.15032) for a product [..., m, k] · [..., k, n], and its leading axes. */
export function matmulRules(rank: number, transposeRight: boolean): readonly Signature[] {
  const [m, n] = [rank - 2, rank - 1];
  const [rightK, rightN] = transposeRight ? [n, m] : [m, n];
  const lead = axes(rank - 2).map((axis) => ({ inputs: [split(axis), split(axis)], output: split(axis) }));
  return [
    ...lead,
    { inputs: [split(m), broadcast], output: split(m) },
    { inputs: [broadcast, split(rightN)], output: split(n) },
    { inputs: [split(n), split(rightK)], output: partial.sum },
    { inputs: [partial.sum, broadcast], output: partial.sum },
    { inputs: [broadcast, partial.sum], output: partial.sum },
  ];
}
