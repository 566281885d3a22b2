import { Fault } from "@tilebook/base";
import { type BufferDType, type DType, dtypeInfo, dtypes, isPacked } from "../dtype.ts";
import { attentionSizes } from "../attention-sizes.ts";
import type {
  AttentionNode,
  GraphNode,
  MatmulNode,
  NodeId,
  PasteNode,
  TakeNode,
  TensorType,
  WindowNode,
} from "../graph.ts";
import type { Placement } from "../layout.ts";
import { binaryDTypes, isCompare, sameShape, sizeOf, unaryDTypes } from "../infer.ts";

/** The type of an earlier node. Throws a Fault when it does not stand before. */
export type TypeOfNode = (node: NodeId) => TensorType;

const float: readonly DType[] = ["f32", "f16"];
const number: readonly DType[] = ["f32", "f16", "i32", "u32"];

/**
 * The type a node must have, given its inputs; throws a Fault `graph/shape`, `graph/dtype` or `graph/axis` when the
 * inputs do not fit each other. Nodes that state their own type (input, reshape, ...) are checked against it.
 */
export function nodeType(node: GraphNode, typeOf: TypeOfNode): TensorType {
  switch (node.kind) {
    case "input":
    case "fill":
    case "iota":
      return sourceType(node);
    case "unary":
    case "binary":
    case "select":
    case "cast":
      return elementwiseType(node, typeOf);
    case "reduce": {
      const input = requireDType(node.op, number, typeOf(node.input));
      checkAxis(node.axis, input);
      const place = node.op === "argmax" || node.op === "argmin";
      return { dtype: place ? "i32" : input.dtype, shape: input.shape.with(node.axis, 1) };
    }
    case "matmul":
      return matmulType(node, typeOf);
    case "attention":
      return attentionType(node, typeOf);
    case "take":
      return takeType(node, typeOf);
    case "tileCall":
      return node.outputs[0] ?? node.type;
    case "result":
      typeOf(node.call);
      return node.type;
    case "reshape":
    case "permute":
    case "broadcast":
    case "slice":
    case "window":
      return viewType(node, typeOf(node.input));
    case "paste":
      return pasteType(node, typeOf(node.input), typeOf(node.into));
  }
}

type ElementwiseNode = Extract<GraphNode, { readonly kind: "unary" | "binary" | "select" | "cast" }>;

function elementwiseType(node: ElementwiseNode, typeOf: TypeOfNode): TensorType {
  switch (node.kind) {
    case "unary":
      return requireDType(node.op, unaryDTypes[node.op], typeOf(node.input));
    case "binary": {
      const left = sameTypes(node.op, typeOf(node.left), typeOf(node.right));
      requireDType(node.op, binaryDTypes[node.op], left);
      return isCompare(node.op) ? { dtype: "bool", shape: left.shape } : left;
    }
    case "select": {
      const yes = sameTypes("select", typeOf(node.yes), typeOf(node.no));
      requireDType("select", dtypes, yes);
      requireDType("the condition of select", ["bool"], typeOf(node.condition));
      requireShape("the condition of select", typeOf(node.condition), yes.shape);
      return yes;
    }
    case "cast":
      return { dtype: node.type.dtype, shape: typeOf(node.input).shape };
  }
}

function takeType(node: TakeNode, typeOf: TypeOfNode): TensorType {
  const index = requireDType("an index", ["i32"], typeOf(node.index));
  const { dtype, shape } = typeOf(node.input);
  if (index.shape.length !== 1 || shape.length === 0)
    throw shapeFault("take needs rows and a vector of indices");
  return { dtype, shape: [...index.shape, ...shape.slice(1)] };
}

type ViewNode = Extract<
  GraphNode,
  { readonly kind: "reshape" | "permute" | "broadcast" | "slice" | "window" }
>;

function checkPlaced({ layout }: Placement, shape: readonly number[], from: readonly number[]): void {
  if (shape.join() !== from.join())
    throw shapeFault("a value is placed as it is, and reshaped by another node");
  if (layout?.kind === "split" && layout.axis >= shape.length)
    throw new Fault("graph/axis", `there is no axis ${layout.axis} to cut [${shape.join(", ")}] along`);
}

function viewType(node: ViewNode, input: TensorType): TensorType {
  const { shape } = node.type;
  const sameRank = shape.length === input.shape.length;
  switch (node.kind) {
    case "reshape":
      if (sizeOf(shape) !== sizeOf(input.shape))
        throw shapeFault(`cannot reshape ${say(input)} to [${shape.join(", ")}]`);
      if (node.placed !== undefined) checkPlaced(node.placed, shape, input.shape);
      return { dtype: input.dtype, shape };
    case "permute":
      return { dtype: input.dtype, shape: permuted(node.order, input) };
    case "broadcast":
      if (!sameRank || !input.shape.every((size, axis) => size === 1 || size === shape[axis]))
        throw shapeFault(`cannot broadcast ${say(input)} to [${shape.join(", ")}]`);
      return { dtype: input.dtype, shape };
    case "slice":
      if (!isInside(node, shape, input.shape))
        throw shapeFault(`[${shape.join(", ")}] from [${node.start.join(", ")}] is not inside ${say(input)}`);
      return { dtype: input.dtype, shape };
    case "window":
      return windowType(node, input);
  }
}

/** What is written is of the same dtype, and has its place in `into`. */
function pasteType(node: PasteNode, input: TensorType, into: TensorType): TensorType {
  if (input.dtype !== into.dtype) throw dtypeFault(`a paste of ${say(input)} into ${say(into)}`);
  if (isInside(node, input.shape, into.shape)) return into;
  throw shapeFault(`${say(input)} from [${node.start.join(", ")}] is not inside ${say(into)}`);
}

/** The window's size stands last in the stated type, how often it fits on its axis. */
function windowType(node: WindowNode, input: TensorType): TensorType {
  const { axis, stride, dilation } = node;
  checkAxis(axis, input);
  const [count, length] = [node.type.shape[axis], node.type.shape.at(-1)];
  const whole = [stride, dilation].every((by) => Number.isSafeInteger(by) && by > 0);
  const reach = ((count ?? 1) - 1) * stride + ((length ?? 1) - 1) * dilation;
  if (!whole || count === undefined || length === undefined || reach >= (input.shape[axis] ?? 0))
    throw shapeFault(`windows of ${say(node.type)}, ${stride} apart, are not inside ${say(input)}`);
  return { dtype: input.dtype, shape: [...input.shape.with(axis, count), length] };
}

/** Every element of `part` has its place in `whole`. */
function isInside(
  { start, step }: Pick<PasteNode, "start" | "step">,
  part: readonly number[],
  whole: readonly number[],
): boolean {
  const ranks = [part, start, step ?? start].every(({ length }) => length === whole.length);
  return ranks && whole.every((size, axis) => fitsAxis(size, part[axis], start[axis], step?.[axis] ?? 1));
}

function fitsAxis(size: number, length = 0, first = -1, step = 0): boolean {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(step) || step === 0) return false;
  const last = first + (length - 1) * step;
  return [first, last].every((at) => at >= 0 && at < size);
}

function permuted(order: readonly number[], input: TensorType): number[] {
  const isOrder =
    order.length === input.shape.length &&
    order.toSorted((a, b) => a - b).every((axis, place) => axis === place);
  if (!isOrder)
    throw new Fault("graph/axis", `[${order.join(", ")}] is no order of the axes of ${say(input)}`);
  return order.map((axis) => input.shape[axis] ?? 1);
}

function sourceType(node: Extract<GraphNode, { readonly kind: "input" | "fill" | "iota" }>): TensorType {
  if (node.kind === "input") return node.type;
  const { dtype } = node.type;
  if (isPacked(dtype)) throw dtypeFault(`${node.kind} makes no ${dtype}; cast to it`);
  const { kind, round } = dtypeInfo[dtype];
  if (node.kind === "iota" && kind === "bool")
    throw new Fault("graph/dtype", "iota counts in numbers, not bool");
  if (node.kind === "fill" && kind !== "float" && round(node.value) !== node.value)
    throw new Fault("graph/dtype", `${node.value} is no value of ${node.type.dtype}`);
  return node.type;
}

function matmulType(node: MatmulNode, typeOf: TypeOfNode): TensorType {
  const left = requireDType("matmul", float, typeOf(node.left));
  const right = typeOf(node.right);
  if (left.dtype !== right.dtype) throw dtypeFault(`matmul of ${say(left)} and ${say(right)}`);
  const [m, k] = left.shape.slice(-2);
  const stored = right.shape.slice(-2);
  const [rows, n] = node.transposeRight ? stored.toReversed() : stored;
  const batch = left.shape.slice(0, -2);
  const fits = n !== undefined && m !== undefined && k === rows && sameShape(batch, right.shape.slice(0, -2));
  if (!fits) {
    const turned = node.transposeRight ? " transposed" : "";
    throw shapeFault(`cannot multiply ${say(left)} by ${say(right)}${turned}`);
  }
  return { dtype: resultDType(node, left.dtype), shape: [...batch, m, n] };
}

function attentionType(node: AttentionNode, typeOf: TypeOfNode): TensorType {
  const q = requireDType("attention", float, typeOf(node.q));
  const [k, v] = [typeOf(node.k), typeOf(node.v)];
  if (q.dtype !== k.dtype || q.dtype !== v.dtype)
    throw dtypeFault(`attention of ${say(q)}, ${say(k)}, ${say(v)}`);
  const sizes = attentionSizes([q.shape, k.shape, v.shape], node.tokensFirst);
  if (sizes === undefined)
    throw shapeFault(`attention of ${say(q)}, ${say(k)}, ${say(v)}: q [n, d], k [m, d], v [m, e] are needed`);
  return { dtype: resultDType(node, q.dtype), shape: [...q.shape.slice(0, -1), sizes.e] };
}

/** Products of f16 may stay in f32, in which they are accumulated. */
function resultDType(node: GraphNode, input: BufferDType): BufferDType {
  return node.type.dtype === "f32" ? "f32" : input;
}

function requireDType(what: string, allowed: readonly DType[], type: TensorType): TensorType {
  if (!isPacked(type.dtype) && allowed.includes(type.dtype)) return type;
  throw dtypeFault(`${what} takes ${allowed.join(", ")}, not ${say(type)}`);
}

function requireShape(what: string, type: TensorType, shape: readonly number[]): void {
  if (!sameShape(type.shape, shape))
    throw shapeFault(`${what} is ${say(type)}; its shape must be [${shape.join(", ")}]`);
}

function sameTypes(what: string, left: TensorType, right: TensorType): TensorType {
  if (left.dtype !== right.dtype)
    throw dtypeFault(`${what} needs equal dtypes, not ${say(left)} and ${say(right)}`);
  if (!sameShape(left.shape, right.shape))
    throw shapeFault(`${what} needs equal shapes, not ${say(left)} and ${say(right)}`);
  return left;
}

function checkAxis(axis: number, input: TensorType): void {
  if (Number.isInteger(axis) && axis >= 0 && axis < input.shape.length) return;
  throw new Fault("graph/axis", `${say(input)} has no axis ${axis}`);
}

function shapeFault(message: string): Fault {
  return new Fault("graph/shape", message);
}

function dtypeFault(message: string): Fault {
  return new Fault("graph/dtype", message);
}

function say({ dtype, shape }: TensorType): string {
  return `${dtype}[${shape.join(", ")}]`;
}
