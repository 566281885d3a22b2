import {
  type Graph,
  type GraphNode,
  type NodeId,
  type SliceNode,
  sizeOf,
  type WindowNode,
} from "@tilebook/ir";
import { nodeAt } from "./contents.ts";
import { axisGroups, type ViewNode } from "./through-views.ts";

/** Where the elements of a view lie in what it is a view of: first + the sum of coordinate times stride over its axes. */
export interface Lie {
  /** No view. */
  readonly base: NodeId;
  readonly first: number;
  /** In elements, one an axis; 0 along what is repeated. */
  readonly strides: readonly number[];
}

/** Nothing where that is no such sum: of windows, and of reshapes that join axes which lie apart. */
export function lieOf(graph: Graph, id: NodeId): Lie | undefined {
  const node = nodeAt(graph, id);
  const { shape } = node.type;
  if (node.kind === "window") return undefined;
  if (!isEven(node)) return { base: id, first: 0, strides: rowMajor(shape) };
  const below = lieOf(graph, node.input);
  if (below === undefined) return undefined;
  const { strides } = below;
  const before = nodeAt(graph, node.input).type.shape;
  switch (node.kind) {
    case "permute":
      return { ...below, strides: node.order.map((axis) => strides[axis] ?? 0) };
    case "broadcast":
      return {
        ...below,
        strides: strides.map((stride, axis) => (before[axis] === shape[axis] ? stride : 0)),
      };
    case "slice":
      return sliced(below, node);
    case "reshape": {
      const parted = reshaped(before, strides, shape);
      return parted === undefined ? undefined : { ...below, strides: parted };
    }
  }
}

function isEven(node: GraphNode): node is Exclude<ViewNode, WindowNode> {
  return ["reshape", "permute", "broadcast", "slice"].includes(node.kind);
}

/** How far apart elements of these axes lie, taken as one axis; nothing where that differs. 0 where there is one element. */
export function joined(sizes: readonly number[], strides: readonly number[]): number | undefined {
  const wide = sizes.flatMap((size, axis) => (size === 1 ? [] : [{ size, stride: strides[axis] ?? 0 }]));
  const isOne = wide.every(({ stride }, at) => {
    const next = wide[at + 1];
    return next === undefined || stride === next.size * next.stride;
  });
  return isOne ? (wide.at(-1)?.stride ?? 0) : undefined;
}

function sliced({ base, first, strides }: Lie, { start, step }: SliceNode): Lie {
  const skipped = strides.reduce((sum, stride, axis) => sum + stride * (start[axis] ?? 0), 0);
  return {
    base,
    first: first + skipped,
    strides: strides.map((stride, axis) => stride * (step?.[axis] ?? 1)),
  };
}

function reshaped(
  before: readonly number[],
  strides: readonly number[],
  after: readonly number[],
): readonly number[] | undefined {
  const result: number[] = [];
  for (const { from, to } of axisGroups(before, after)) {
    const stride = joined(
      from.map((axis) => before[axis] ?? 1),
      from.map((axis) => strides[axis] ?? 0),
    );
    if (stride === undefined) return undefined;
    result.push(...rowMajor(to.map((axis) => after[axis] ?? 1)).map((apart) => apart * stride));
  }
  return result;
}

function rowMajor(shape: readonly number[]): readonly number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}
