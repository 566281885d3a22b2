import { Fault } from "@tilebook/base";
import { attentionSizes } from "@tilebook/ir";
import { Expr, pick } from "../expr.ts";
import { cast } from "../nodes.ts";
import { sayShape } from "../shape.ts";
import { type ScoreChanges, scoredAttention } from "./scored-attention.ts";
import { float, resultType } from "./shared.ts";

export interface AttentionOptions {
  /** Query i sees the keys up to i + m - n: the last query sees all of them. */
  readonly causal?: boolean;
  /** Multiplies the scores; 1/sqrt(d) by default. */
  readonly scale?: number;
  /** The axis of heads stands after that of tokens: q [..., n, heads, d]. */
  readonly tokensFirst?: boolean;
}

export interface AttentionInputs {
  readonly q: Expr;
  readonly k: Expr;
  readonly v: Expr;
}

/**
 * softmax(scale * q k^T) v for q [..., n, d], k [..., m, d], v [..., m, e], rank 2 to 4. Never holds an n x m matrix.
 * k and v may have fewer heads than q, of which each serves as many. With changes of the scores it is plain
 * operations (`scoredAttention`), else a node of its own. Faults: `shape/attention`, `tensor/scale`.
 */
export function attention(inputs: AttentionInputs, options: AttentionOptions & ScoreChanges = {}): Expr {
  const { q, k, v } = inputs;
  const { tokensFirst = false, causal = false, score, mask, sinks } = options;
  checkShapes(inputs, tokensFirst);
  const scale = checkScale(options.scale ?? 1 / Math.sqrt(pick(q.shape, q.shape.length - 1)));
  if (score !== undefined || mask !== undefined || sinks !== undefined)
    return scoredAttention({ ...inputs, scale, causal, tokensFirst, score, mask, sinks });
  const result = Expr.of({
    type: { shape: [...q.shape.slice(0, -1), pick(v.shape, v.shape.length - 1)], dtype: "f32" },
    inputs: [float(q), float(k), float(v)],
    make: (ids) => ({
      kind: "attention",
      q: pick(ids, 0),
      k: pick(ids, 1),
      v: pick(ids, 2),
      scale,
      causal,
      tokensFirst,
    }),
  });
  return cast(result, resultType(q, k, v));
}

function checkScale(scale: number): number {
  if (Number.isFinite(scale)) return scale;
  throw new Fault("tensor/scale", `attention's scale must be a number, not ${String(scale)}`);
}

function checkShapes({ q, k, v }: AttentionInputs, tokensFirst: boolean): void {
  const say = `attention of q ${sayShape(q.shape)}, k ${sayShape(k.shape)}, v ${sayShape(v.shape)}`;
  const refuse = (hint: string) => new Fault("shape/attention", `${say} does not fit together`, { hint });
  const rank = q.shape.length;
  const fewest = tokensFirst ? 3 : 2;
  if (rank < fewest || rank > 4 || [k, v].some((other) => other.shape.length !== rank))
    throw refuse(`all three have the same rank, ${fewest} to 4: ${axes(tokensFirst)}`);
  if (q.shape.at(-1) !== k.shape.at(-1))
    throw refuse(`q and k have ${q.shape.at(-1)} and ${k.shape.at(-1)} features; they must be equal`);
  const [keys, values] = [k, v].map(({ shape }) => shape.at(tokensFirst ? -3 : -2));
  if (keys !== values) throw refuse(`there are ${keys} keys and ${values} values; each key needs one value`);
  if (attentionSizes([q.shape, k.shape, v.shape], tokensFirst) === undefined)
    throw refuse("batches must be equal, and the heads of q a multiple of those of k and v");
}

function axes(tokensFirst: boolean): string {
  return tokensFirst ? "[..., tokens, heads, features]" : "[..., tokens, features]";
}
