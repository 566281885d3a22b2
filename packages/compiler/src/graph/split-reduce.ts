import { type DType, type Graph, type NodeId, type ReduceNode, sizeOf, type ValueId } from "@tilebook/ir";
import { isPlace } from "../lower/fold.ts";
import type { Planned } from "./choice.ts";
import { type Generated, RegionWriter } from "./expression.ts";
import { accumulates, foldAcross, foldLong, resultOf } from "./reduce.ts";
import { nodeAt } from "./contents.ts";
import { isExtreme, writeSize } from "./not-a-number.ts";

/** How each row of a reduction is shared among programs, each of which folds one part of it. */
export interface RowSplit {
  /** A power of two. */
  readonly parts: number;
  /** Elements that a program takes in a turn. */
  readonly block: number;
}

export interface SplitReduce extends Generated {
  readonly grid: readonly [number, number, number];
  readonly finish: NonNullable<Planned["finish"]>;
}

/**
 * A reduction in two launches: every program folds one part of a row, then one program for each row folds what the parts came to,
 * in their order. Of argmax each part gives its value and the value's place: all values lie before all places, and both are i32.
 */
export function splitReduce(
  graph: Graph,
  what: { readonly id: NodeId; readonly node: ReduceNode; readonly split: RowSplit },
  stored: ReadonlySet<NodeId>,
): SplitReduce {
  const { node, split } = what;
  const outputs = sizeOf(node.type.shape);
  const length = nodeAt(graph, node.input).type.shape[node.axis] ?? 1;
  const span = Math.ceil(length / (split.parts * split.block)) * split.block;
  const isPlaced = isPlace(node.op);
  const shape = isPlaced ? [2, outputs, split.parts] : [outputs, split.parts];
  const dtype = isPlaced ? "i32" : accumulates(graph, node);
  const finish = finishKernel(graph, { node, parts: split.parts, dtype });
  return {
    ...partsKernel(graph, { ...what, span }, stored),
    grid: [split.parts, outputs, 1],
    finish: {
      parts: { dtype, shape },
      tile: finish.kernel,
      grid: [outputs, 1, 1],
      scalars: finish.scalars,
      fills: finish.fills,
    },
  };
}

/** Program (p, o) folds `span` elements of row o, from p * span on. */
function partsKernel(
  graph: Graph,
  {
    id,
    node,
    split,
    span,
  }: { readonly id: NodeId; readonly node: ReduceNode; readonly split: RowSplit; readonly span: number },
  stored: ReadonlySet<NodeId>,
): Generated {
  const name = `reduce_${node.op}_parts`;
  const writer = new RegionWriter(graph, stored, { name, tile: [split.block], span: node.span });
  const { b, note } = writer;
  const [part, output] = [b.programId(0, note), b.programId(1, note)];
  const length = writer.scalar("span", span, "i32");
  const first = b.binary("mul", part, length, note);
  const folds = [{ id, node }] as const;
  const [folded = []] = foldLong(writer, { graph, folds, output, part: { first, length } });
  const { best, place } = foldAcross(writer, node.op, folded);
  const row = b.binary("mul", output, b.const(split.parts, "i32", note), note);
  const offset = b.binary("add", row, part, note);
  const pointer = b.pointer("parts", place === undefined ? b.typeOf(best).dtype : "i32");
  if (place === undefined) b.store({ pointer, offset, value: best }, note);
  else {
    b.store({ pointer, offset, value: toBits(writer, best) }, note);
    const all = writer.scalar("places", placesFrom(node, split.parts), "i32");
    b.store({ pointer, offset: b.binary("add", offset, all, note), value: place }, note);
  }
  return writer.finish();
}

/** Program o folds what the parts of row o came to. */
function finishKernel(
  graph: Graph,
  { node, parts, dtype }: { readonly node: ReduceNode; readonly parts: number; readonly dtype: DType },
): Generated {
  const name = `reduce_${node.op}_finish`;
  const writer = new RegionWriter(graph, new Set(), { name, tile: [parts], span: node.span });
  const { b, note } = writer;
  const [given, pointer] = [b.pointer("parts", dtype), b.pointer("out", node.type.dtype)];
  const output = b.programId(0, note);
  const row = b.binary("mul", output, b.const(parts, "i32", note), note);
  const at = b.binary("add", writer.fill(row), b.arange(0, parts, note), note);
  const values = b.load({ pointer: given, offset: at }, note);
  const isFloat = accumulates(graph, node) === "f32";
  const folded = [values];
  if (isPlace(node.op)) {
    const all = writer.spread("places", placesFrom(node, parts), "i32");
    const places = b.load({ pointer: given, offset: b.binary("add", at, all, note) }, note);
    folded.splice(0, 1, fromBits(writer, values, isFloat ? "i32" : accumulates(graph, node)), places);
  } else if (isFloat && isExtreme(node.op)) folded.push(writeSize(b, values, note));
  const value = resultOf(writer, node, foldAcross(writer, node.op, folded));
  b.store({ pointer, offset: output, value }, note);
  return writer.finish();
}

/** Where the places begin, after the values. */
function placesFrom(node: ReduceNode, parts: number): number {
  return sizeOf(node.type.shape) * parts;
}

function toBits({ b, note }: RegionWriter, value: ValueId): ValueId {
  return b.typeOf(value).dtype === "i32" ? value : b.bitcast(value, "i32", note);
}

function fromBits({ b, note }: RegionWriter, bits: ValueId, dtype: DType): ValueId {
  return dtype === "i32" ? bits : b.bitcast(bits, dtype, note);
}
