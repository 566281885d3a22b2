import { Fault, unreachable } from "@tilebook/base";
import {
  type AttentionNode,
  attentionSizes,
  type GraphNode,
  type MatmulNode,
  type NodeId,
  type PasteNode,
  type SliceNode,
  sizeOf,
  type TakeNode,
  type TensorType,
  valueDType,
  type WindowNode,
} from "@tilebook/ir";
import { binaryInto, castInto, roundInPlace, type Rounding, selectInto, unaryInto } from "../elementwise.ts";
import { reduceInto } from "../fold.ts";
import { broadcastInto, copyStrided, permuteInto, stridesOf, writeStrided } from "../layout.ts";
import { attentionInto } from "./attention.ts";
import { matmulInto } from "./matmul.ts";

/** A whole tensor: its elements in row-major order, as doubles whatever the dtype. */
export interface TensorValue {
  readonly type: TensorType;
  readonly values: Float64Array;
}

/** The value of a node that stands before. */
export type Lookup = (node: NodeId) => TensorValue;

/** Nodes that are computed from other nodes alone; the rest (inputs, launches) is up to the run. */
export type ComputedNode = Exclude<GraphNode, { readonly kind: "input" | "tileCall" | "result" }>;

/** The node's value, in f64 or with floats rounded to its dtype. Integers and bools wrap to their dtype. */
export function computeNode(node: ComputedNode, lookup: Lookup, rounding: Rounding = "f64"): Float64Array {
  const out = new Float64Array(sizeOf(node.type.shape));
  fill(out, node, lookup, rounding);
  roundInPlace(out, node.type.dtype, rounding);
  return out;
}

function fill(out: Float64Array, node: ComputedNode, lookup: Lookup, rounding: Rounding): void {
  const of = (id: NodeId): Float64Array => lookup(id).values;
  switch (node.kind) {
    case "fill":
      out.fill(node.value);
      return;
    case "iota":
      for (let i = 0; i < out.length; i++) out[i] = i;
      return;
    case "unary":
      return unaryInto(out, node.op, of(node.input));
    case "binary": {
      const dtype = valueDType(lookup(node.left).type.dtype);
      return binaryInto(out, node.op, { left: of(node.left), right: of(node.right), dtype, nan: "stays" });
    }
    case "select":
      return selectInto(out, of(node.condition), { yes: of(node.yes), no: of(node.no) });
    case "cast":
      return castInto(out, of(node.input), lookup(node.input).type.dtype, node.type.dtype);
    case "reduce": {
      const { type, values } = lookup(node.input);
      const { axis, op } = node;
      const dtype = valueDType(type.dtype);
      return reduceInto(out, op, { values, shape: type.shape, axis, dtype, nan: "stays" }, rounding);
    }
    case "matmul":
      return matmul(out, node, lookup);
    case "attention":
      return attention(out, node, lookup);
    case "reshape":
    case "permute":
    case "broadcast":
    case "slice":
    case "paste":
    case "window":
    case "take":
      return move(out, node, lookup);
    default:
      return unreachable(node);
  }
}

type MovingNode = Extract<
  ComputedNode,
  { readonly kind: "reshape" | "permute" | "broadcast" | "slice" | "paste" | "window" | "take" }
>;

function move(out: Float64Array, node: MovingNode, lookup: Lookup): void {
  const { type, values } = lookup(node.input);
  const input = { values, shape: type.shape };
  switch (node.kind) {
    case "reshape":
      return out.set(values);
    case "permute":
      return permuteInto(out, node.order, input);
    case "broadcast":
      return broadcastInto(out, node.type.shape, input);
    case "slice":
      return slice(out, node, lookup);
    case "paste":
      return paste(out, node, lookup);
    case "window":
      return window(out, node, lookup);
    case "take":
      return take(out, node, lookup);
    default:
      return unreachable(node);
  }
}

function slice(out: Float64Array, node: SliceNode, lookup: Lookup): void {
  const { type, values } = lookup(node.input);
  copyStrided(out, node.type.shape, { values, ...steppedThrough(type.shape, node) });
}

function paste(out: Float64Array, node: PasteNode, lookup: Lookup): void {
  const { type, values } = lookup(node.input);
  out.set(lookup(node.into).values);
  writeStrided({ values: out, ...steppedThrough(node.type.shape, node) }, type.shape, values);
}

/** Where the elements of a slice stand in a tensor of this shape. */
function steppedThrough(
  shape: readonly number[],
  { start, step }: Pick<SliceNode, "start" | "step">,
): { readonly start: number; readonly strides: readonly number[] } {
  const strides = stridesOf(shape);
  return {
    start: start.reduce((sum, at, axis) => sum + at * (strides[axis] ?? 0), 0),
    strides: strides.map((stride, axis) => stride * (step?.[axis] ?? 1)),
  };
}

function window(out: Float64Array, node: WindowNode, lookup: Lookup): void {
  const { type, values } = lookup(node.input);
  const own = stridesOf(type.shape);
  const along = own[node.axis] ?? 1;
  const strides = [...own.with(node.axis, along * node.stride), along * node.dilation];
  copyStrided(out, node.type.shape, { values, start: 0, strides });
}

function take(out: Float64Array, node: TakeNode, lookup: Lookup): void {
  const { type, values } = lookup(node.input);
  const rows = type.shape[0] ?? 0;
  const width = sizeOf(type.shape.slice(1));
  lookup(node.index).values.forEach((row, place) => {
    if (row < 0 || row >= rows) {
      throw new Fault("graph/bounds", `index ${place} is ${row}, but there are ${rows} rows`, {
        span: node.span,
        hint: `indices go from 0 to ${rows - 1}`,
      });
    }
    out.set(values.subarray(row * width, (row + 1) * width), place * width);
  });
}

function matmul(out: Float64Array, node: MatmulNode, lookup: Lookup): void {
  const left = lookup(node.left);
  const right = lookup(node.right);
  const [m = 1, k = 1] = left.type.shape.slice(-2);
  const n = node.type.shape.at(-1) ?? 1;
  const batch = sizeOf(left.type.shape.slice(0, -2));
  const sides = { left: left.values, right: right.values, transposeRight: node.transposeRight };
  matmulInto(out, sides, { batch, m, k, n });
}

function attention(out: Float64Array, node: AttentionNode, lookup: Lookup): void {
  const [q, k, v] = [lookup(node.q), lookup(node.k), lookup(node.v)];
  const { scale, causal, tokensFirst } = node;
  const sizes = attentionSizes([q.type.shape, k.type.shape, v.type.shape], tokensFirst);
  if (sizes === undefined) throw new RangeError("an attention whose sides do not fit together");
  const sides = { q: q.values, k: k.values, v: v.values };
  attentionInto(out, { ...sides, scale, causal, tokensFirst }, sizes);
}
