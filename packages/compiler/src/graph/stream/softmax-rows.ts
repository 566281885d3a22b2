import {
  type Graph,
  type GraphNode,
  type NodeId,
  readsOf,
  type ReduceNode,
  sizeOf,
  type TensorType,
} from "@tilebook/ir";
import { behind, isName, nodeAt } from "../contents.ts";
import { type Edited, Editor } from "../edit.ts";
import { areLarge, productsBefore } from "./folds-in-the-way.ts";
import { hasProductInside, productsInside } from "./products-inside.ts";

/** exp(scores - base) / divisor, of which both are one number a row; 0 where `mask` is false. */
interface Softmax {
  readonly id: NodeId;
  readonly scores: NodeId;
  readonly base: NodeId;
  readonly divisor: NodeId;
  readonly mask?: { readonly condition: NodeId; readonly no: NodeId };
  /** Nodes that may read the kept numbers. */
  readonly readers: ReadonlySet<NodeId>;
}

export interface PackedRows extends Edited {
  /** Two numbers a row each, and the [..., rows, columns] they are of. */
  readonly rows: ReadonlyMap<NodeId, NodeId>;
}

/**
 * Makes way for streams on the way back from a softmax of large products. Base and divisor of each row stand side by side in one tensor
 * [..., rows, 2], and whoever computes the weights again reads those: one buffer less than with a tensor each. They are the numbers themselves,
 * and not their logarithm in one, which loses the divisor beside a base of -10⁹. Sums over rows and columns at once are sums along the rows
 * first, which streams can carry.
 */
export function packSoftmaxRows(graph: Graph, live: readonly NodeId[]): PackedRows {
  const readers = readersOf(graph, live);
  const found = live.flatMap((id) => softmaxAt(graph, id, readers) ?? []);
  if (found.length === 0) return { graph, origins: graph.nodes.map((_, id) => id), rows: new Map() };
  return new Packing(graph, new Set(live), found).run();
}

class Packing {
  readonly #graph: Graph;
  readonly #live: ReadonlySet<NodeId>;
  readonly #found: readonly Softmax[];
  readonly #editor: Editor;
  readonly #rows = new Map<NodeId, NodeId>();
  /** What whoever computes a softmax again reads, by what they would have read. */
  readonly #again = new Map<NodeId, ReadonlyMap<NodeId, NodeId>>();

  constructor(graph: Graph, live: ReadonlySet<NodeId>, found: readonly Softmax[]) {
    this.#graph = graph;
    this.#live = live;
    this.#found = found;
    this.#editor = new Editor(graph);
  }

  run(): PackedRows {
    for (const id of this.#graph.nodes.keys()) this.#copy(id);
    return { ...this.#editor.finish(), rows: this.#rows };
  }

  #copy(id: NodeId): void {
    if (this.#editor.has(id)) return;
    const node = nodeAt(this.#graph, id);
    const sum = this.#live.has(id) ? tableSumAt(this.#graph, node) : undefined;
    if (sum !== undefined) {
      this.#editor.replace(id, alongRowsFirst(this.#editor, sum));
      return;
    }
    const instead = this.#found.flatMap((softmax) =>
      softmax.readers.has(id) ? [this.#againFor(softmax)] : [],
    );
    this.#editor.copy(id, node, (read) => instead.find((one) => one.has(read))?.get(read));
  }

  /** Behind the kernel that makes them, if that comes first: between both there is nobody who reads the kept numbers. */
  #againFor(softmax: Softmax): ReadonlyMap<NodeId, NodeId> {
    const known = this.#again.get(softmax.id);
    if (known !== undefined) return known;
    for (const id of [...behind(this.#graph, [softmax.id])].toSorted((a, b) => a - b)) this.#copy(id);
    const { packed, base, divisor } = keepRows(this.#editor, this.#graph, softmax);
    const weights = weightsAgain(this.#editor, this.#graph, softmax, { base, divisor });
    this.#rows.set(packed, this.#editor.at(softmax.scores));
    const instead = new Map([
      [softmax.id, weights],
      [softmax.base, base],
      [softmax.divisor, divisor],
    ]);
    this.#again.set(softmax.id, instead);
    return instead;
  }
}

interface Kept {
  readonly base: NodeId;
  readonly divisor: NodeId;
}

/** Both numbers of each row in one tensor, and views of it. */
function keepRows(
  editor: Editor,
  graph: Graph,
  { id, base, divisor }: Softmax,
): Kept & { readonly packed: NodeId } {
  const { note, type } = lookOf(graph, id);
  const last = type.shape.length - 1;
  const wide = (width: number): TensorType => ({ ...type, shape: type.shape.with(last, width) });
  const at = (column: number): readonly number[] => type.shape.map((_, axis) => (axis === last ? column : 0));
  const paste = (input: NodeId, into: NodeId, column: number): NodeId =>
    editor.add({ kind: "paste", input: editor.at(input), into, start: at(column), type: wide(2), ...note });
  const nothing = editor.add({ kind: "fill", value: 0, type: wide(2), ...note });
  const packed = paste(divisor, paste(base, nothing, 0), 1);
  const view = (column: number): NodeId =>
    editor.add({ kind: "slice", input: packed, start: at(column), type: wide(1), ...note });
  return { packed, base: view(0), divisor: view(1) };
}

/** The weights from kept numbers of rows. */
function weightsAgain(editor: Editor, graph: Graph, { id, scores, mask }: Softmax, kept: Kept): NodeId {
  const { note, type } = lookOf(graph, id);
  const wide = (input: NodeId): NodeId => editor.add({ kind: "broadcast", input, type, ...note });
  const binary = (op: "sub" | "div", left: NodeId, right: NodeId): NodeId =>
    editor.add({ kind: "binary", op, left, right, type, ...note });
  const change = binary("sub", editor.at(scores), wide(kept.base));
  const raised = editor.add({ kind: "unary", op: "exp", input: change, type, ...note });
  if (mask === undefined) return binary("div", raised, wide(kept.divisor));
  const [condition, no] = [editor.at(mask.condition), editor.at(mask.no)];
  const shown = editor.add({ kind: "select", condition, yes: raised, no, type, ...note });
  return binary("div", shown, wide(kept.divisor));
}

function lookOf(
  graph: Graph,
  id: NodeId,
): { readonly type: TensorType; readonly note: Pick<GraphNode, "span"> } {
  const { type, span } = nodeAt(graph, id);
  return { type, note: span === undefined ? {} : { span } };
}

function softmaxAt(graph: Graph, id: NodeId, readers: Readers): Softmax | undefined {
  const weights = weightsAt(graph, id, readers);
  if (weights === undefined || nodeAt(graph, id).type.dtype !== "f32") return undefined;
  const { scores, base, divisor } = weights;
  if (!hasProductInside(graph, id) || !areLarge(graph, productsInside(graph, scores))) return undefined;
  const before = behind(graph, [id]);
  const wanting = [id, base, divisor]
    .flatMap((of) => readers.get(of) ?? [])
    .filter((reader) => !before.has(reader) && !goesAlong(graph, reader, id, readers));
  const isWanted = [id, base, divisor].some((of) => graph.outputs.includes(of));
  return wanting.length === 0 || isWanted ? undefined : { id, ...weights, readers: new Set(wanting) };
}

/** The form of a softmax, as `id` or as what it is another name of. */
function weightsAt(
  graph: Graph,
  id: NodeId,
  readers: Readers,
): Pick<Softmax, "scores" | "base" | "divisor" | "mask"> | undefined {
  const node = nodeAt(graph, id);
  if ((readers.get(id) ?? []).every((reader) => isName(graph, nodeAt(graph, reader)))) return undefined;
  if (isName(graph, node)) {
    const [named = -1] = readsOf(node);
    return (readers.get(named) ?? []).length === 1 ? formOf(graph, named) : undefined;
  }
  return formOf(graph, id);
}

function formOf(graph: Graph, id: NodeId): Pick<Softmax, "scores" | "base" | "divisor" | "mask"> | undefined {
  const node = nodeAt(graph, id);
  if (node.kind !== "binary" || node.op !== "div") return undefined;
  const above = nodeAt(graph, node.left);
  const mask = above.kind === "select" ? { mask: { condition: above.condition, no: above.no } } : {};
  const raised = above.kind === "select" ? nodeAt(graph, above.yes) : above;
  if (raised.kind !== "unary" || raised.op !== "exp") return undefined;
  const change = nodeAt(graph, raised.input);
  if (change.kind !== "binary" || change.op !== "sub") return undefined;
  const [base, divisor] = [rowAt(graph, change.right), rowAt(graph, node.right)];
  if (base === undefined || divisor === undefined) return undefined;
  return { scores: change.left, base, divisor, ...mask };
}

/** What is one number a row, spread over its row. */
function rowAt(graph: Graph, id: NodeId): NodeId | undefined {
  const node = nodeAt(graph, id);
  if (node.kind !== "broadcast") return undefined;
  const { shape } = nodeAt(graph, node.input).type;
  const last = node.type.shape.length - 1;
  return shape.join() === node.type.shape.with(last, 1).join() ? node.input : undefined;
}

/** Readers that go along the rows as the softmax does: the product of the weights, and sums over the rows of them. */
function goesAlong(graph: Graph, reader: NodeId, weights: NodeId, readers: Readers): boolean {
  const node = nodeAt(graph, reader);
  if (node.kind === "matmul") return node.left === weights;
  if (node.kind !== "binary" || node.op !== "mul") return false;
  const other = node.left === weights ? node.right : node.left;
  if (nodeAt(graph, other).kind !== "matmul") return false;
  return (readers.get(reader) ?? []).every((id) => nodeAt(graph, id).kind === "reduce");
}

/** A sum over rows and columns at once of what is computed from large products. */
interface TableSum {
  readonly node: ReduceNode;
  /** What is summed, before its axes were joined. */
  readonly table: NodeId;
  readonly shape: readonly number[];
}

function tableSumAt(graph: Graph, node: GraphNode): TableSum | undefined {
  if (node.kind !== "reduce" || node.op !== "sum" || node.axis !== node.type.shape.length - 1)
    return undefined;
  const joined = nodeAt(graph, node.input);
  if (joined.kind !== "reshape") return undefined;
  const { shape } = nodeAt(graph, joined.input).type;
  const [rows = 1, columns = 1] = shape.slice(-2);
  const along = joined.type.shape[node.axis] ?? 1;
  const isOfBoth = shape.length >= 2 && rows > 1 && columns > 1 && along % (rows * columns) === 0;
  const products = isOfBoth ? productsBefore(graph, joined.input) : [];
  if (products.length === 0 || !areLarge(graph, products)) return undefined;
  return { node, table: joined.input, shape };
}

function alongRowsFirst(editor: Editor, { node, table, shape }: TableSum): NodeId {
  const note = node.span === undefined ? {} : { span: node.span };
  const { dtype } = node.type;
  const last = shape.length - 1;
  const type = { dtype, shape: shape.with(last, 1) };
  const rows = editor.add({ kind: "reduce", op: "sum", input: editor.at(table), axis: last, type, ...note });
  const lead = node.type.shape.slice(0, -1);
  const joined = [...lead, sizeOf(type.shape) / sizeOf(lead)];
  const input = editor.add({ kind: "reshape", input: rows, type: { dtype, shape: joined }, ...note });
  return editor.add({ ...node, input });
}

type Readers = ReadonlyMap<NodeId, readonly NodeId[]>;

function readersOf(graph: Graph, live: readonly NodeId[]): Readers {
  const readers = new Map<NodeId, NodeId[]>();
  for (const id of live)
    for (const read of new Set(readsOf(nodeAt(graph, id))))
      readers.set(read, [...(readers.get(read) ?? []), id]);
  return readers;
}
