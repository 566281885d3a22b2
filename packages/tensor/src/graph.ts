import { Fault } from "@tilebook/base";
import type { Graph, GraphNode, NodeId, TileKernel } from "@tilebook/ir";
import type { Expr } from "./expr.ts";

/**
 * Every expression at and behind the roots, inputs before their readers, each once. Stops behind those where `stop` says so.
 * `behind` are the inputs, unless said otherwise.
 */
export function inOrder(
  roots: readonly Expr[],
  stop: (expr: Expr) => boolean,
  behind: (expr: Expr) => readonly Expr[] = ({ inputs }) => inputs,
): readonly Expr[] {
  const order = new Set<Expr>();
  const open = new Set<Expr>();
  const stack = [...roots].toReversed();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (order.has(next)) continue;
    const inputs = stop(next) ? [] : behind(next).filter((input) => !order.has(input));
    if (inputs.length === 0 || open.has(next)) order.add(next);
    else {
      open.add(next);
      stack.push(next, ...inputs.toReversed());
    }
  }
  return [...order];
}

/**
 * The graph of `order` (as from `inOrder`). `handleOf` names the data of those that are inputs; the others are computed, or are what `instead`
 * has for them.
 */
export function toGraph(
  order: readonly Expr[],
  roots: readonly Expr[],
  handleOf: (expr: Expr) => string | undefined,
  instead: ReadonlyMap<Expr, Expr> = new Map(),
): Graph {
  const ids = new Map<Expr, NodeId>(order.map((expr, id) => [expr, id]));
  const kernels: TileKernel[] = [];
  const nodes = order.map((expr): GraphNode => {
    const other = instead.get(expr);
    return other === undefined
      ? toNode(expr, handleOf(expr), ids, kernels)
      : { kind: "reshape", input: idOf(other, ids), type: expr.type };
  });
  return { nodes, kernels, outputs: roots.map((root) => idOf(root, ids)) };
}

function toNode(
  expr: Expr,
  handle: string | undefined,
  ids: ReadonlyMap<Expr, NodeId>,
  kernels: TileKernel[],
): GraphNode {
  const base = { type: expr.type, ...(expr.span === undefined ? {} : { span: expr.span }) };
  if (handle !== undefined) return { kind: "input", tensor: handle, ...base };
  if (expr.recipe === undefined) throw lost(expr);
  const inputs = expr.inputs.map((input) => idOf(input, ids));
  return { ...expr.recipe.make(inputs, kernelIndex(expr.recipe.kernel, kernels)), ...base };
}

function kernelIndex(kernel: TileKernel | undefined, kernels: TileKernel[]): number {
  if (kernel === undefined) return -1;
  const known = kernels.indexOf(kernel);
  return known >= 0 ? known : kernels.push(kernel) - 1;
}

function idOf(expr: Expr, ids: ReadonlyMap<Expr, NodeId>): NodeId {
  const id = ids.get(expr);
  if (id === undefined) throw new Fault("internal/graph", "an expression stands outside its graph");
  return id;
}

function lost(expr: Expr): Fault {
  return new Fault("tensor/lost", "the data of a tensor this one is made of is gone", {
    span: expr.span,
    hint: "run the cell that defines it again",
  });
}
