import {
  type DType,
  type Graph,
  type NodeId,
  type ReduceName,
  type ReduceNode,
  reduceMeaning,
  valueDType,
  sizeOf,
  type ValueId,
} from "@tilebook/ir";
import { isPlace } from "../lower/fold.ts";
import { type Generated, type Place, RegionWriter } from "./expression.ts";
import { nodeAt } from "./contents.ts";
import { isExtreme, rankOfInfinity, writeNaNOr, writeRank, writeSize } from "./not-a-number.ts";

/** A kernel for reductions, with the maps before them fused in. */
export interface ReduceKernel extends Generated {
  readonly programs: number;
}

export interface Fold {
  readonly id: NodeId;
  readonly node: ReduceNode;
}

/** What a kernel folds: along the same axis of as large tensors, each into an output in this order. */
export interface FoldsWanted {
  readonly folds: readonly [Fold, ...Fold[]];
  readonly block: number;
}

/** Rows longer than this are folded by a whole workgroup each. */
const longRow = 512;

/** True where a whole workgroup folds each row. */
export function hasLongRows(graph: Graph, node: ReduceNode): boolean {
  return (nodeAt(graph, node.input).type.shape[node.axis] ?? 1) >= longRow;
}

/** Of a long row, elements that a workgroup takes in a turn; else results that a program makes. */
export function reduceBlock(graph: Graph, node: ReduceNode): number {
  if (hasLongRows(graph, node)) return 1024;
  return sizeOf(node.type.shape) >= 4096 ? 256 : 64;
}

export function reduceKernel(graph: Graph, what: FoldsWanted, stored: ReadonlySet<NodeId>): ReduceKernel {
  const [{ node }] = what.folds;
  const outputs = sizeOf(node.type.shape);
  if (hasLongRows(graph, node)) return { ...workgroupPerRow(graph, what, stored), programs: outputs };
  return { ...threadPerRow(graph, what, stored), programs: Math.ceil(outputs / what.block) };
}

function nameOf(folds: readonly Fold[]): string {
  return `reduce_${folds.map(({ node }) => node.op).join("_")}`;
}

/** Each element of a tile of outputs walks its own row: no exchange between threads. */
function threadPerRow(graph: Graph, { folds, block }: FoldsWanted, stored: ReadonlySet<NodeId>): Generated {
  const [{ id, node }] = folds;
  const writer = new RegionWriter(graph, stored, { name: nameOf(folds), tile: [block], span: node.span });
  const { b, note } = writer;
  const flat = writer.blockOf();
  writer.mask = b.binary("lt", flat, writer.spread("count", sizeOf(node.type.shape), "i32"), note);
  const coordinates = writer.coordinatesOf(writer.place(node.type.shape, { flat }), `n${id}`);
  const lower = b.const(0, "i32", note);
  const upper = writer.scalar("length", nodeAt(graph, node.input).type.shape[node.axis] ?? 1, "i32");
  const inits = folds.map((fold) => startValues(writer, fold.node.op, accumulates(graph, fold.node)));
  const ends = b.forLoop(
    { lower, upper, indexLabel: "i", span: node.span },
    inits.flat().map((value) => ({ init: value, label: "total" })),
    (index, carried) => {
      const place = placeAlong(writer, graph, node, coordinates.with(node.axis, writer.fill(index)));
      return parted(carried, inits).flatMap((totals, at) => {
        const fold = folds[at]?.node ?? node;
        const next = valueAlong(writer, graph, fold, place);
        return step(writer, fold.op, totals, { value: next, index: writer.fill(index) });
      });
    },
  );
  for (const [at, folded] of parted(ends, inits).entries())
    store(writer, folds[at]?.node ?? node, { name: outName(folds, at), flat, folded });
  return writer.finish();
}

function outName(folds: readonly Fold[], at: number): string {
  return folds.length === 1 ? "out" : `out${at}`;
}

/** What is carried for each fold. */
export function parted(
  carried: readonly ValueId[],
  inits: readonly (readonly ValueId[])[],
): readonly (readonly ValueId[])[] {
  let from = 0;
  return inits.map(({ length }) => carried.slice(from, (from += length)));
}

/** One program an output: a tile walks the row, then is folded across the workgroup. */
function workgroupPerRow(
  graph: Graph,
  { folds, block }: FoldsWanted,
  stored: ReadonlySet<NodeId>,
): Generated {
  const [{ node }] = folds;
  const name = `${nameOf(folds)}_rows`;
  const writer = new RegionWriter(graph, stored, { name, tile: [block], span: node.span });
  const { b, note } = writer;
  const output = b.programId(0, note);
  const all = foldLong(writer, { graph, folds, output });
  const pointers = folds.map((fold, at) => b.pointer(outName(folds, at), fold.node.type.dtype));
  for (const [at, folded] of all.entries()) {
    const fold = folds[at]?.node ?? node;
    const value = resultOf(writer, fold, foldAcross(writer, fold.op, folded));
    b.store({ pointer: pointers[at] ?? -1, offset: output, value }, note);
  }
  return writer.finish();
}

/** A row that a whole workgroup walks, or a part of it. */
export interface LongRow {
  readonly graph: Graph;
  readonly folds: readonly [Fold, ...Fold[]];
  /** Which of the rows. */
  readonly output: ValueId;
  /** Only so many elements from there; by default all of the row. */
  readonly part?: { readonly first: ValueId; readonly length: ValueId };
}

/** Folds so many elements at a time as the writer's tile has: for each fold, into each element of a tile, those that it met. */
export function foldLong(
  writer: RegionWriter,
  { graph, folds, output, part }: LongRow,
): readonly (readonly ValueId[])[] {
  const { b, note } = writer;
  const [{ id, node }] = folds;
  const [block = 1] = writer.tile;
  const place = writer.place(node.type.shape, { flat: writer.fill(output) });
  const coordinates = writer.coordinatesOf(place, `n${id}`);
  const length = writer.scalar("length", nodeAt(graph, node.input).type.shape[node.axis] ?? 1, "i32");
  const inits = folds.map((fold) => startValues(writer, fold.node.op, accumulates(graph, fold.node)));
  const upper = part?.length ?? length;
  const ends = b.forLoop(
    { lower: b.const(0, "i32", note), upper, step: block, indexLabel: "i", span: node.span },
    inits.flat().map((value) => ({ init: value, label: "total" })),
    (at, carried) => {
      const first = part === undefined ? at : b.binary("add", part.first, at, note);
      const index = b.binary("add", writer.fill(first), b.arange(0, block, note), note);
      const mask = b.binary("lt", index, writer.fill(length), note);
      writer.mask = mask;
      const along = placeAlong(writer, graph, node, coordinates.with(node.axis, index));
      return parted(carried, inits).flatMap((totals, which) => {
        const fold = folds[which]?.node ?? node;
        const yes = valueAlong(writer, graph, fold, along);
        const no = startValue(writer, fold.op, accumulates(graph, fold));
        const inside = b.select({ condition: mask, yes, no }, note);
        return step(writer, fold.op, totals, { value: inside, index });
      });
    },
  );
  return parted(ends, inits);
}

/** Where folds read. What several of them read there is read once. */
function placeAlong(
  writer: RegionWriter,
  graph: Graph,
  node: ReduceNode,
  coordinates: readonly ValueId[],
): Place {
  return writer.place(nodeAt(graph, node.input).type.shape, { coordinates });
}

function valueAlong(writer: RegionWriter, graph: Graph, node: ReduceNode, place: Place): ValueId {
  const value = writer.full(writer.valueAt(node.input, place));
  const dtype = accumulates(graph, node);
  return writer.b.typeOf(value).dtype === dtype ? value : writer.b.cast(value, dtype, writer.note);
}

/** Halves are added up in f32. */
export function accumulates(graph: Graph, node: ReduceNode): DType {
  const dtype = valueDType(nodeAt(graph, node.input).type.dtype);
  return dtype === "f16" ? "f32" : dtype;
}

/**
 * What a fold carries: of places the best so far, of floats its rank, and where it was; of the extremes of floats the best and the
 * greatest size, which tells of a NaN; of the others the total.
 */
export function startValues(writer: RegionWriter, op: ReduceName, dtype: DType): readonly ValueId[] {
  const start = startValue(writer, op, dtype);
  const none = (): ValueId => writer.constant(0, "i32");
  if (!isPlace(op)) return isExtreme(op) && dtype === "f32" ? [start, none()] : [start];
  const worst = writer.constant(rankOfInfinity(op === "argmax" ? -1 : 1), "i32");
  return [dtype === "f32" ? worst : start, none()];
}

function startValue(writer: RegionWriter, op: ReduceName, dtype: DType): ValueId {
  const { start } = reduceMeaning[isPlace(op) ? bestOf[op] : op];
  if (dtype === "f32" || Number.isFinite(start)) return writer.constant(start, dtype);
  const [least, most] = dtype === "i32" ? [-2147483648, 2147483647] : [0, 4294967295];
  return writer.constant(start < 0 ? least : most, dtype);
}

/** Which value the place of argmax or argmin is of. */
const bestOf = { argmax: "max", argmin: "min" } as const;

/** The end that is looked for. */
const endOf = { max: "greatest", min: "least" } as const;

const steps = { sum: "add", prod: "mul", max: "max", min: "min" } as const;

/** What is carried, after one more element. */
export function step(
  writer: RegionWriter,
  op: ReduceName,
  totals: readonly ValueId[],
  next: { readonly value: ValueId; readonly index: ValueId },
): readonly ValueId[] {
  const { b, note } = writer;
  const [best = -1, place = -1] = totals;
  const isFloat = b.typeOf(next.value).dtype === "f32";
  if (!isPlace(op)) {
    const total = b.binary(steps[op], best, next.value, note);
    if (!isFloat || !isExtreme(op)) return [total];
    return [total, b.binary("max", place, writeSize(b, next.value, note), note)];
  }
  const value = isFloat ? writeRank(b, endOf[bestOf[op]], next.value, note) : next.value;
  const better = b.binary(op === "argmax" ? "gt" : "lt", value, best, note);
  return [
    b.select({ condition: better, yes: value, no: best }, note),
    b.select({ condition: better, yes: next.index, no: place }, note),
  ];
}

/** What a tile of partial results folds to along an axis (argmax along the only one): a value (of argmax of floats its rank), and for argmax its place, the first of equal ones. */
export function foldAcross(
  writer: RegionWriter,
  op: ReduceName,
  folded: readonly ValueId[],
  axis: number = 0,
): { readonly best: ValueId; readonly place?: ValueId } {
  const { b, note } = writer;
  const [values = -1, places = -1] = folded;
  if (!isPlace(op)) {
    if (!isExtreme(op) || folded.length === 1) return { best: b.reduce(op, values, axis, note) };
    const greatest = b.reduce("max", places, axis, note);
    return { best: writeNaNOr(b, b.reduce(op, values, axis, note), greatest, note) };
  }
  const best = b.reduce(bestOf[op], values, 0, note);
  const found = b.binary("eq", values, writer.fill(best), note);
  const candidates = b.select(
    { condition: found, yes: places, no: writer.constant(2147483647, "i32") },
    note,
  );
  return { best, place: b.reduce("min", candidates, 0, note) };
}

/** Of what a row folds to, that which is asked for. */
export function resultOf(
  { b, note }: RegionWriter,
  node: ReduceNode,
  { best, place = best }: ReturnType<typeof foldAcross>,
): ValueId {
  const dtype = valueDType(node.type.dtype);
  return b.typeOf(place).dtype === dtype ? place : b.cast(place, dtype, note);
}

function store(
  writer: RegionWriter,
  node: ReduceNode,
  {
    name,
    flat,
    folded,
  }: { readonly name: string; readonly flat: ValueId; readonly folded: readonly ValueId[] },
): void {
  const { b, note } = writer;
  const [best = flat, other = flat] = folded;
  const isOne = folded.length === 1;
  const value = isPlace(node.op) ? other : isOne ? best : writeNaNOr(b, best, other, note);
  const dtype = valueDType(node.type.dtype);
  const stored = b.typeOf(value).dtype === dtype ? value : b.cast(value, dtype, note);
  const pointer = b.pointer(name, node.type.dtype);
  b.store({ pointer, offset: flat, value: stored, mask: writer.mask }, note);
}
