import { Fault } from "@tilebook/base";
import type { DType } from "@tilebook/ir";
import { Expr, pick } from "./expr.ts";
import type { KernelCache } from "./kernel/cache.ts";
import { attentionBlocks, matmulBlocks } from "./kernels/blocks.ts";
import * as attentionKernel from "./kernels/attention.ts";
import * as matmulKernel from "./kernels/matmul.ts";
import { broadcast, cast, reshape } from "./nodes.ts";
import { broadcastShape, nextPowerOfTwo, sameShape, sayShape, type Shape, sizeOf } from "./shape.ts";

/** The two contractions: matmul and attention. Nodes carry both their meaning and the kernel that computes it. */

export interface MatmulOptions {
  /** The right side is stored as [..., n, k]. Saves a copy: `matmul(q, k, { transposeRight: true })`. */
  readonly transposeRight?: boolean;
}

/** left [..., m, k] times right [..., k, n], accumulated in f32. Vectors and leading axes as in NumPy. */
export function matmul(cache: KernelCache, a: Expr, b: Expr, options: MatmulOptions = {}): Expr {
  const transposeRight = options.transposeRight ?? false;
  if (a.shape.length === 0 || b.shape.length === 0)
    throw mismatch(a, b, "matmul needs tensors of rank 1 or more");
  const [left, right] = [asMatrix(a, true), asMatrix(b, transposeRight)];
  const [m, k] = lastTwo(left.shape);
  const [rightRows, rightColumns] = lastTwo(right.shape);
  const [n, rightK] = transposeRight ? [rightRows, rightColumns] : [rightColumns, rightRows];
  if (k !== rightK) throw mismatch(a, b, innerHint(k, rightK, n === k, transposeRight));
  const lead = broadcastShape(left.shape.slice(0, -2), right.shape.slice(0, -2));
  const product = matmulNode(cache, {
    left: float(broadcast(left, [...lead, m, k])),
    right: float(broadcast(right, [...lead, rightRows, rightColumns])),
    sizes: { m, n, k, lead },
    transposeRight,
  });
  const shape = [...lead, ...(a.shape.length > 1 ? [m] : []), ...(b.shape.length > 1 ? [n] : [])];
  return cast(reshape(product, shape), resultType(a, b));
}

interface Product {
  readonly left: Expr;
  readonly right: Expr;
  readonly sizes: { readonly m: number; readonly n: number; readonly k: number; readonly lead: Shape };
  readonly transposeRight: boolean;
}

function matmulNode(cache: KernelCache, { left, right, sizes, transposeRight }: Product): Expr {
  const { m, n, k, lead } = sizes;
  const blocks = matmulBlocks(m, n);
  return Expr.of({
    type: { shape: [...lead, m, n], dtype: "f32" },
    inputs: [left, right],
    kernel: cache.lower(matmulKernel.text, { ...blocks, TRANSPOSED: transposeRight }),
    make: (ids, kernel) => ({
      kind: "matmul",
      left: pick(ids, 0),
      right: pick(ids, 1),
      transposeRight,
      launch: {
        kernel,
        grid: [Math.ceil(n / blocks.BN), Math.ceil(m / blocks.BM), sizeOf(lead)],
        arguments: [
          { kind: "node", node: pick(ids, 0) },
          { kind: "node", node: pick(ids, 1) },
          { kind: "output", index: 0 },
          ...[m, n, k].map((value) => ({ kind: "scalar" as const, value })),
        ],
      },
    }),
  });
}

export interface AttentionOptions {
  /** Query i sees the keys up to i + m - n: the last query sees all of them. */
  readonly causal?: boolean;
  /** Multiplies the scores; 1/sqrt(d) by default. */
  readonly scale?: number;
}

/** softmax(scale * q k^T) v for q [..., n, d], k [..., m, d], v [..., m, e], rank 2 to 4; never holds an n x m matrix. */
export function attention(
  cache: KernelCache,
  q: Expr,
  k: Expr,
  v: Expr,
  options: AttentionOptions = {},
): Expr {
  checkAttention(q, k, v);
  const [n, d] = lastTwo(q.shape);
  const [m, e] = lastTwo(v.shape);
  const causal = options.causal ?? false;
  const scale = options.scale ?? 1 / Math.sqrt(d);
  if (!Number.isFinite(scale)) {
    throw new Fault("tensor/scale", `attention's scale must be a number, not ${String(options.scale)}`);
  }
  const blocks = attentionBlocks(d, e);
  const result = Expr.of({
    type: { shape: [...q.shape.slice(0, -1), e], dtype: "f32" },
    inputs: [float(q), float(k), float(v)],
    kernel: cache.lower(attentionKernel.text, {
      ...blocks,
      D: d,
      E: e,
      D_PADDED: nextPowerOfTwo(d),
      E_PADDED: nextPowerOfTwo(e),
      CAUSAL: causal,
    }),
    make: (ids, kernel) => ({
      kind: "attention",
      q: pick(ids, 0),
      k: pick(ids, 1),
      v: pick(ids, 2),
      scale,
      causal,
      launch: {
        kernel,
        grid: [Math.ceil(n / blocks.BQ), sizeOf(q.shape.slice(0, -2)), 1],
        arguments: [
          ...[0, 1, 2].map((at) => ({ kind: "node" as const, node: pick(ids, at) })),
          { kind: "output", index: 0 },
          ...[n, m, scale].map((value) => ({ kind: "scalar" as const, value })),
        ],
      },
    }),
  });
  return cast(result, resultType(q, k, v));
}

function checkAttention(q: Expr, k: Expr, v: Expr): void {
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

/** A vector as a matrix of one row (`asRow`) or one column. */
function asMatrix(side: Expr, asRow: boolean): Expr {
  if (side.shape.length > 1) return side;
  return reshape(side, asRow ? [1, ...side.shape] : [...side.shape, 1]);
}

function lastTwo(shape: Shape): readonly [number, number] {
  return [pick(shape, shape.length - 2), pick(shape, shape.length - 1)];
}

/** Both kernels read f32 and add up in f32. */
function float(side: Expr): Expr {
  return cast(side, "f32");
}

/** f16 comes back when all sides are f16; everything else is f32. */
function resultType(...sides: readonly Expr[]): DType {
  return sides.every((side) => side.dtype === "f16") ? "f16" : "f32";
}

function innerHint(k: number, rightK: number, transposedFits: boolean, transposeRight: boolean): string {
  const must = `the inner sizes ${k} and ${rightK} must be equal`;
  if (!transposedFits) return must;
  return `${must}; did you mean ${transposeRight ? "no transposeRight" : "b.T, or { transposeRight: true }"}?`;
}

function mismatch(a: Expr, b: Expr, hint: string): Fault {
  return new Fault("shape/matmul", `cannot multiply ${sayShape(a.shape)} by ${sayShape(b.shape)}`, { hint });
}
