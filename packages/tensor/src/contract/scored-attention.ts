import { Fault } from "@tilebook/base";
import { arithmetic, choose, compare, logic } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import { broadcast, cast, fill, iota, permute, reshape } from "../nodes.ts";
import { sayShape, type Shape } from "../shape.ts";
import { matmul } from "./matmul.ts";
import { safeSoftmax } from "./safe-softmax.ts";
import { float, lastTwo, resultType } from "./shared.ts";

/** Where scores stand: i32, of shapes that broadcast to theirs, [n, 1], [1, m], [heads, 1, 1] and [batch, 1, 1, 1]. */
export interface ScorePlaces<T> {
  readonly query: T;
  readonly key: T;
  readonly head: T;
  readonly batch: T;
}

/** What is done to the scores before the softmax. */
export interface ScoreChanges {
  readonly score?: ((scores: Expr, at: ScorePlaces<Expr>) => Expr) | undefined;
  readonly mask?: ((at: ScorePlaces<Expr>) => Expr) | undefined;
  readonly sinks?: Expr | undefined;
}

interface Scored extends ScoreChanges {
  readonly q: Expr;
  readonly k: Expr;
  readonly v: Expr;
  readonly scale: number;
  readonly causal: boolean;
  readonly tokensFirst: boolean;
}

/**
 * softmax(mask(score(scale * q k^T))) v in plain operations, which the compiler makes one kernel of. Shapes are those of `attention`, and have
 * been checked. A query that sees no key comes out as zeros. Faults `attention/score`, `attention/mask`, `attention/sinks`.
 */
export function scoredAttention(given: Scored): Expr {
  const { scale, causal, tokensFirst, score, mask, sinks } = given;
  const turned = (side: Expr): Expr => (tokensFirst ? headsApart(side) : side);
  const q = turned(float(given.q));
  const ofHeads = (side: Expr): Expr => shared(turned(float(side)), q.shape);
  const [k, v] = [ofHeads(given.k), ofHeads(given.v)] as const;
  const plain = arithmetic("mul", matmul(q, k, { transposeRight: true }), scale);
  const at = placesOf(plain.shape);
  const changed = score === undefined ? plain : checkScores(score(plain, at), plain.shape);
  const seen = [
    ...(causal ? [causalMask(at, plain.shape)] : []),
    ...(mask ? [checkMask(mask(at), plain.shape)] : []),
  ];
  const masked =
    seen.length === 0
      ? changed
      : choose(
          seen.reduce((a, b) => logic("and", a, b)),
          changed,
          -Infinity,
        );
  const weights = safeSoftmax(masked, sinks && sinkRows(sinks, plain.shape));
  return cast(turned(matmul(weights, v)), resultType(given.q, given.k, given.v));
}

/** Changes the places of the axes of heads and tokens. */
function headsApart(side: Expr): Expr {
  const rank = side.shape.length;
  const order = side.shape.map((_, axis) => axis);
  return permute(side, order.with(rank - 3, rank - 2).with(rank - 2, rank - 3));
}

/** Keys or values with as many heads as the queries: each serves as many that follow each other. */
function shared(side: Expr, queries: Shape): Expr {
  const [heads, own] = [queries.at(-3), side.shape.at(-3)];
  if (heads === undefined || own === undefined || heads === own) return side;
  const [lead, rest] = [side.shape.slice(0, -2), side.shape.slice(-2)];
  const apart = reshape(side, [...lead, 1, ...rest]);
  const repeated = broadcast(apart, [...lead, heads / own, ...rest]);
  return reshape(repeated, [...lead.slice(0, -1), heads, ...rest]);
}

function placesOf(scores: Shape): ScorePlaces<Expr> {
  const [n, m] = lastTwo(scores);
  const along = (axis: number): Expr => {
    const size = scores.at(axis);
    if (size === undefined) return fill(0, [], "i32");
    return reshape(iota([size], "i32"), [size, ...Array.from({ length: -1 - axis }, () => 1)]);
  };
  return {
    query: reshape(iota([n], "i32"), [n, 1]),
    key: reshape(iota([m], "i32"), [1, m]),
    head: along(-3),
    batch: along(-4),
  };
}

/** The last query sees all keys. */
function causalMask({ query, key }: ScorePlaces<Expr>, scores: Shape): Expr {
  const [n, m] = lastTwo(scores);
  return compare("le", key, arithmetic("add", query, m - n));
}

function checkScores(found: Expr, scores: Shape): Expr {
  if (spreads(found.shape, scores)) return broadcast(float(found), scores);
  throw new Fault(
    "attention/score",
    `score gives ${sayShape(found.shape)}, and the scores are ${sayShape(scores)}`,
    {
      hint: "it changes the scores it is given, element by element: score: (scores, { query, key }) => scores.sub(query.sub(key))",
    },
  );
}

function checkMask(found: Expr, scores: Shape): Expr {
  const hint = "true where a query sees a key: mask: ({ query, key }) => key.le(query)";
  if (found.dtype !== "bool")
    throw new Fault("attention/mask", `a mask is bool, not ${found.dtype}`, {
      hint: `${hint}; numbers are added to the scores by score`,
    });
  if (spreads(found.shape, scores)) return found;
  throw new Fault(
    "attention/mask",
    `a mask of ${sayShape(found.shape)} does not fit scores of ${sayShape(scores)}`,
    { hint },
  );
}

/** Whether a tensor of this shape broadcasts to just that one. */
function spreads(from: Shape, to: Shape): boolean {
  return from.length <= to.length && from.every((_, at) => [1, to.at(-1 - at)].includes(from.at(-1 - at)));
}

/** One number a head, or one for all, as one a row. */
function sinkRows(sinks: Expr, scores: Shape): Expr {
  const heads = scores.at(-3) ?? 1;
  const [size = 1] = sinks.shape;
  if (sinks.shape.length > 1 || (size !== heads && size !== 1))
    throw new Fault("attention/sinks", `sinks of ${sayShape(sinks.shape)} do not fit ${heads} heads`, {
      hint: "one number a head, [heads], or one for all, []",
    });
  const rows = [...scores.slice(0, -1), 1];
  const apart = scores.length > 2 ? [size, 1, 1] : [1, 1];
  return broadcast(reshape(float(sinks), apart), rows);
}
