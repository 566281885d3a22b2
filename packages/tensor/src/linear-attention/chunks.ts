import { matmul } from "../contract/matmul.ts";
import { choose, compare, floatUnary } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import { minus, plus, times } from "../grad/maths.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { neighbour, recur } from "../library/recurrence.ts";
import { scanAlong } from "../library/scan.ts";
import { broadcast, iota, reshape, slice } from "../nodes.ts";
import { transpose } from "../views.ts";
import type { Carried } from "./linear-attention.ts";
import { seenProduct, seenScores } from "./seen.ts";

/** In chunks: [..., chunks, length, d] and, of values, e. */
interface Chunks {
  readonly q: Expr;
  readonly k: Expr;
  readonly v: Expr;
}

/**
 * Token i of a chunk sees those of its own up to itself by their scores, faded by decay^(i - j), and those of chunks before by the state at its
 * beginning, faded by decay^(i + 1). `log` is the decay's logarithm [..., 1, 1], one for each head; absent: nothing fades.
 */
export function alongChunks(kernels: KernelCache, { q, k, v }: Chunks, log: Expr | undefined): Carried {
  const length = q.shape.at(-2) ?? 1;
  const decay = log && reshape(log, [...log.shape.slice(0, -2), 1, 1, 1]);
  const faded = (side: Expr, tokens: Expr): Expr =>
    decay === undefined ? side : times(side, floatUnary("exp", times(decay, tokens)));
  const [row, column] = [iota([length, 1], "f32"), iota([1, length], "f32")];
  const apart = choose(compare("le", column, row), minus(row, column), 0);
  const inside = seenProduct(faded(seenScores(q, k), apart), v);
  const added = matmul(transpose(faded(k, times(minus(row, length - 1), -1))), v);
  const states = running(kernels, added, decay && floatUnary("exp", times(decay, length)));
  const axis = states.shape.length - 3;
  const before = neighbour(states, { axis, before: true });
  const isOne = states.shape[axis] === 1;
  const output = isOne ? inside : plus(inside, matmul(faded(q, plus(row, 1)), before));
  return { output, state: lastOf(states, axis) };
}

/** S[c] = factor S[c - 1] + added[c] over the chunks. */
function running(kernels: KernelCache, added: Expr, factor: Expr | undefined): Expr {
  const axis = added.shape.length - 3;
  if (added.shape[axis] === 1) return added;
  if (factor === undefined) return scanAlong(kernels, added, { op: "cumsum", axis });
  return recur(kernels, { factors: broadcast(factor, added.shape), terms: added, axis, reverse: false });
}

function lastOf(states: Expr, axis: number): Expr {
  const { shape } = states;
  const start = shape.map((size, at) => (at === axis ? size - 1 : 0));
  const last = slice(states, start, shape.with(axis, 1));
  return reshape(last, shape.toSpliced(axis, 1));
}
