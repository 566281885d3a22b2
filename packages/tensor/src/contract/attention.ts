import { Fault } from "@tilebook/base";
import type { Launch, NodeId } from "@tilebook/ir";
import { Expr, pick } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { text } from "../kernels/attention.ts";
import { attentionBlocks } from "../kernels/blocks.ts";
import { cast } from "../nodes.ts";
import { nextPowerOfTwo, sameShape, sayShape, sizeOf } from "../shape.ts";
import { float, lastTwo, resultType } from "./shared.ts";

export interface AttentionOptions {
  /** Query i sees the keys up to i + m - n: the last query sees all of them. */
  readonly causal?: boolean;
  /** Multiplies the scores; 1/sqrt(d) by default. */
  readonly scale?: number;
}

export interface AttentionInputs {
  readonly q: Expr;
  readonly k: Expr;
  readonly v: Expr;
}

/**
 * softmax(scale * q k^T) v for q [..., n, d], k [..., m, d], v [..., m, e], rank 2 to 4. Never holds an n x m matrix.
 * The node carries its meaning and the kernel that computes it. Faults: `shape/attention`, `tensor/scale`.
 */
export function attention(cache: KernelCache, inputs: AttentionInputs, options: AttentionOptions = {}): Expr {
  const { q, k, v } = inputs;
  checkShapes(inputs);
  const [n, d] = lastTwo(q.shape);
  const [m, e] = lastTwo(v.shape);
  const causal = options.causal ?? false;
  const scale = checkScale(options.scale ?? 1 / Math.sqrt(d));
  const blocks = attentionBlocks(d, e);
  const padded = { D_PADDED: nextPowerOfTwo(d), E_PADDED: nextPowerOfTwo(e) };
  const grid = [Math.ceil(n / blocks.BQ), sizeOf(q.shape.slice(0, -2)), 1] as const;
  const result = Expr.of({
    type: { shape: [...q.shape.slice(0, -1), e], dtype: "f32" },
    inputs: [float(q), float(k), float(v)],
    kernel: cache.lower(text, { ...blocks, ...padded, D: d, E: e, CAUSAL: causal }),
    make: (ids, kernel) => ({
      kind: "attention",
      q: pick(ids, 0),
      k: pick(ids, 1),
      v: pick(ids, 2),
      scale,
      causal,
      launch: { kernel, grid, arguments: launchArguments(ids, [n, m, scale]) },
    }),
  });
  return cast(result, resultType(q, k, v));
}

function launchArguments(nodes: readonly NodeId[], scalars: readonly number[]): Launch["arguments"] {
  return [
    ...nodes.map((node) => ({ kind: "node" as const, node })),
    { kind: "output", index: 0 },
    ...scalars.map((value) => ({ kind: "scalar" as const, value })),
  ];
}

function checkScale(scale: number): number {
  if (Number.isFinite(scale)) return scale;
  throw new Fault("tensor/scale", `attention's scale must be a number, not ${String(scale)}`);
}

function checkShapes({ q, k, v }: AttentionInputs): void {
  const ranks = [q, k, v].map((side) => side.shape.length);
  const rank = pick(ranks, 0);
  const say = `attention of q ${sayShape(q.shape)}, k ${sayShape(k.shape)}, v ${sayShape(v.shape)}`;
  const refuse = (hint: string) => new Fault("shape/attention", `${say} does not fit together`, { hint });
  if (rank < 2 || rank > 4 || ranks.some((other) => other !== rank)) {
    throw refuse("all three have the same rank, 2 to 4: [..., tokens, features]");
  }
  if (![k, v].every((side) => sameShape(side.shape.slice(0, -2), q.shape.slice(0, -2)))) {
    throw refuse("the leading axes (batch, heads) must be equal");
  }
  if (q.shape.at(-1) !== k.shape.at(-1)) {
    throw refuse(`q and k have ${q.shape.at(-1)} and ${k.shape.at(-1)} features; they must be equal`);
  }
  if (k.shape.at(-2) !== v.shape.at(-2)) {
    throw refuse(`there are ${k.shape.at(-2)} keys and ${v.shape.at(-2)} values; each key needs one value`);
  }
}
