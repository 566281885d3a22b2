import type { Span } from "@tilebook/base";
import type { BufferDType } from "./dtype.ts";
import type { Placement } from "./layout.ts";
import type { ArithmeticName, CompareName, ReduceName, UnaryName } from "./ops.ts";
import type { TileKernel } from "./tile.ts";

/**
 * Graph IR: a computation on whole tensors, as cells build it. A list of nodes in order: inputs stand before
 * their readers. Plain data (JSON). Tensors are row-major and contiguous; views (reshape, permute, ...) are nodes.
 */

/** Names one node: its index in `graph.nodes`. */
export type NodeId = number;

export interface TensorType {
  /** Packed dtypes (i8, u8, i4, u4) are for storing: nodes that compute do not take them, `cast` leads in and out. */
  readonly dtype: BufferDType;
  /** Sizes, outermost first. `[]` is one element. */
  readonly shape: readonly number[];
}

interface NodeBase {
  readonly type: TensorType;
  /** Where in the cells this node was written. */
  readonly span?: Span;
}

/** A tensor that already lives in the executor, named by its handle. */
export interface InputNode extends NodeBase {
  readonly kind: "input";
  readonly tensor: string;
}

/** Every element is `value`. */
export interface FillNode extends NodeBase {
  readonly kind: "fill";
  readonly value: number;
}

/** 0, 1, 2, ... in row-major order. */
export interface IotaNode extends NodeBase {
  readonly kind: "iota";
}

export interface UnaryNode extends NodeBase {
  readonly kind: "unary";
  readonly op: UnaryName;
  readonly input: NodeId;
}

/** Elementwise; shapes are equal (broadcasts are explicit nodes), dtypes too. Comparisons give bool. */
export interface BinaryNode extends NodeBase {
  readonly kind: "binary";
  readonly op: ArithmeticName | CompareName;
  readonly left: NodeId;
  readonly right: NodeId;
}

export interface SelectNode extends NodeBase {
  readonly kind: "select";
  readonly condition: NodeId;
  readonly yes: NodeId;
  readonly no: NodeId;
}

export interface CastNode extends NodeBase {
  readonly kind: "cast";
  readonly input: NodeId;
}

/** Folds one axis to size 1 (the axis stays; a reshape drops it). Of extremes a NaN stays (`graphMeaning`), as in binary nodes. */
export interface ReduceNode extends NodeBase {
  readonly kind: "reduce";
  readonly op: ReduceName;
  readonly input: NodeId;
  readonly axis: number;
}

/** The same elements in row-major order. */
export interface ReshapeNode extends NodeBase {
  readonly kind: "reshape";
  readonly input: NodeId;
  /** A wish where several devices compute, and then of the input's shape. On one device it says nothing. */
  readonly placed?: Placement;
}

/** Result axis n is input axis order[n]. */
export interface PermuteNode extends NodeBase {
  readonly kind: "permute";
  readonly input: NodeId;
  readonly order: readonly number[];
}

/** Repeats axes of size 1. Rank is equal. */
export interface BroadcastNode extends NodeBase {
  readonly kind: "broadcast";
  readonly input: NodeId;
}

/** result[i, ...] = input[start + i * step, ...] on every axis; the type gives the sizes. */
export interface SliceNode extends NodeBase {
  readonly kind: "slice";
  readonly input: NodeId;
  readonly start: readonly number[];
  /** One an axis, never 0; below 0 it goes backwards. Absent: all are 1. */
  readonly step?: readonly number[];
}

/**
 * `into` with the elements of `input` in places: result[start + i * step, ...] = input[i, ...], all else is `into`. What a
 * slice reads, a paste of the same numbers writes. Paddings and concatenations are pastes into a fill.
 */
export interface PasteNode extends NodeBase {
  readonly kind: "paste";
  readonly input: NodeId;
  readonly into: NodeId;
  readonly start: readonly number[];
  /** As a slice's. */
  readonly step?: readonly number[];
}

/**
 * Windows that slide along one axis, each on a new last axis: result[..., i, ..., a] = input[..., i * stride + a * dilation, ...],
 * with i and input on `axis`. The type gives the sizes.
 */
export interface WindowNode extends NodeBase {
  readonly kind: "window";
  readonly input: NodeId;
  readonly axis: number;
  readonly stride: number;
  readonly dilation: number;
}

/** Rows of `input` (its first axis) chosen by the i32 vector `index`. Out-of-range indices are an error in the interpreter, clamped on a GPU. */
export interface TakeNode extends NodeBase {
  readonly kind: "take";
  readonly input: NodeId;
  readonly index: NodeId;
}

/**
 * left [..., m, k] times right [..., k, n], f32 accumulation; the leading axes are equal.
 * With `transposeRight` the right side is stored as [..., n, k].
 */
export interface MatmulNode extends NodeBase {
  readonly kind: "matmul";
  readonly left: NodeId;
  readonly right: NodeId;
  readonly transposeRight: boolean;
}

/**
 * softmax(scale * q k^T) v per leading index: q [..., n, d], k [..., m, d], v [..., m, e] -> [..., n, e].
 * With `causal`, query i sees the keys j <= i + m - n (aligned at the end, as in FlashAttention 2.1).
 * A row that sees no key is all zeros. The axis of heads stands before that of tokens (q [..., heads, n, d]), or with
 * `tokensFirst` after it (q [..., n, heads, d]); k and v may have fewer heads, of which each then serves as many heads of q.
 */
export interface AttentionNode extends NodeBase {
  readonly kind: "attention";
  readonly q: NodeId;
  readonly k: NodeId;
  readonly v: NodeId;
  readonly scale: number;
  readonly causal: boolean;
  readonly tokensFirst: boolean;
}

/** One launch of a user's kernel. It yields one tensor per output; `result` nodes pick them. Its own `type` is that of output 0. */
export interface TileCallNode extends NodeBase {
  readonly kind: "tileCall";
  readonly launch: Launch;
  readonly outputs: readonly TensorType[];
}

/** Output number `index` of a tileCall. */
export interface ResultNode extends NodeBase {
  readonly kind: "result";
  readonly call: NodeId;
  readonly index: number;
}

/**
 * What a kernel parameter gets at launch. `output` n is the n-th tensor this launch makes: it holds zeros before it, or
 * what `from`, of the same type, holds. With `over`, whoever asks does not need `from` afterwards: the output may have its memory, and `from`
 * is computed again should somebody read it.
 */
export type LaunchArgument =
  | { readonly kind: "node"; readonly node: NodeId }
  | { readonly kind: "output"; readonly index: number; readonly from?: NodeId; readonly over?: boolean }
  | { readonly kind: "scalar"; readonly value: number };

/** How to run a kernel: which, over which grid, with what for each of its parameters in order. */
export interface Launch {
  /** Index in `graph.kernels`. */
  readonly kernel: number;
  readonly grid: readonly [number, number, number];
  readonly arguments: readonly LaunchArgument[];
}

export type GraphNode =
  | InputNode
  | FillNode
  | IotaNode
  | UnaryNode
  | BinaryNode
  | SelectNode
  | CastNode
  | ReduceNode
  | ReshapeNode
  | PermuteNode
  | BroadcastNode
  | SliceNode
  | PasteNode
  | WindowNode
  | TakeNode
  | MatmulNode
  | AttentionNode
  | TileCallNode
  | ResultNode;

export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** The kernels that launches refer to. */
  readonly kernels: readonly TileKernel[];
  /** The nodes whose values are wanted. */
  readonly outputs: readonly NodeId[];
}
