import type { BinaryNode, Graph, GraphNode, NodeId, TileBuilder, ValueId } from "@tilebook/ir";
import { nodeAt } from "./contents.ts";
import type { Note } from "./rows.ts";

/**
 * What the hyperbolic tangent is taken of where a node is `tanh(x) + 1`, as in GELU: beside the 1, the digits that tanh itself
 * takes care of near 0 are lost anyway.
 */
export function onePlusTanh(graph: Graph, node: BinaryNode, stored: ReadonlySet<NodeId>): NodeId | undefined {
  if (node.op !== "add" || node.type.dtype !== "f32") return undefined;
  const [left, right] = [nodeAt(graph, node.left), nodeAt(graph, node.right)];
  if (isOne(graph, right) && !stored.has(node.left)) return insideTanh(left);
  return isOne(graph, left) && !stored.has(node.right) ? insideTanh(right) : undefined;
}

function insideTanh(node: GraphNode): NodeId | undefined {
  return node.kind === "unary" && node.op === "tanh" ? node.input : undefined;
}

function isOne(graph: Graph, node: GraphNode): boolean {
  if (node.kind === "broadcast") return isOne(graph, nodeAt(graph, node.input));
  return node.kind === "fill" && node.value === 1;
}

/**
 * 1 + (1 - e) / (1 + e) with the sign of x, where e = exp(-2 |x|) is at most 1, so that nothing overflows. Of NaN, SwiftShader's
 * power is infinite: the quotient is NaN again.
 */
export function writeOnePlusTanh(b: TileBuilder, x: ValueId, note: Note): ValueId {
  const { shape } = b.typeOf(x);
  const one = b.full(shape, 1, "f32", note);
  const size = b.binary("mul", b.unary("abs", x, note), b.full(shape, -2, "f32", note), note);
  const power = b.unary("exp", size, note);
  const [over, under] = [b.binary("sub", one, power, note), b.binary("add", one, power, note)];
  const quotient = b.binary("div", over, under, note);
  const highest = b.full(shape, -(2 ** 31), "i32", note);
  const sign = b.binary("and", b.bitcast(x, "i32", note), highest, note);
  const signed = b.binary("or", b.bitcast(quotient, "i32", note), sign, note);
  return b.binary("add", one, b.bitcast(signed, "f32", note), note);
}
