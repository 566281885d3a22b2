import type {
  ArithmeticName,
  BufferDType,
  CompareName,
  DType,
  Graph,
  GraphNode,
  Launch,
  Layout,
  NodeId,
  ReduceName,
  TensorType,
  TileKernel,
  UnaryName,
} from "@tilebook/ir";

type Shape = readonly number[];

/** Makes graphs by hand, for tests. Every method returns the new node's id. */
export class GraphMaker {
  readonly #nodes: GraphNode[] = [];

  input(tensor: string, shape: Shape, dtype: BufferDType = "f32"): NodeId {
    return this.#add({ kind: "input", tensor, type: { dtype, shape } });
  }

  fill(value: number, shape: Shape, dtype: DType = "f32"): NodeId {
    return this.#add({ kind: "fill", value, type: { dtype, shape } });
  }

  iota(shape: Shape, dtype: DType = "i32"): NodeId {
    return this.#add({ kind: "iota", type: { dtype, shape } });
  }

  unary(op: UnaryName, input: NodeId): NodeId {
    return this.#add({ kind: "unary", op, input, type: this.typeOf(input) });
  }

  binary(op: ArithmeticName, left: NodeId, right: NodeId): NodeId {
    return this.#add({ kind: "binary", op, left, right, type: this.typeOf(left) });
  }

  compare(op: CompareName, left: NodeId, right: NodeId): NodeId {
    return this.#add({
      kind: "binary",
      op,
      left,
      right,
      type: { dtype: "bool", shape: this.typeOf(left).shape },
    });
  }

  select(condition: NodeId, yes: NodeId, no: NodeId): NodeId {
    return this.#add({ kind: "select", condition, yes, no, type: this.typeOf(yes) });
  }

  cast(input: NodeId, dtype: DType): NodeId {
    return this.#add({ kind: "cast", input, type: { dtype, shape: this.typeOf(input).shape } });
  }

  reduce(op: ReduceName, input: NodeId, axis: number): NodeId {
    const { dtype, shape } = this.typeOf(input);
    const isPlace = op === "argmax" || op === "argmin";
    const type = { dtype: isPlace ? ("i32" as const) : dtype, shape: shape.with(axis, 1) };
    return this.#add({ kind: "reduce", op, input, axis, type });
  }

  reshape(input: NodeId, shape: Shape): NodeId {
    return this.#add({ kind: "reshape", input, type: { dtype: this.typeOf(input).dtype, shape } });
  }

  /** A wish that a value lies so on a mesh. */
  place(input: NodeId, layout: Layout): NodeId {
    return this.#add({ kind: "reshape", input, placed: { mesh: "m", layout }, type: this.typeOf(input) });
  }

  permute(input: NodeId, order: readonly number[]): NodeId {
    const { dtype, shape } = this.typeOf(input);
    const type = { dtype, shape: order.map((axis) => shape[axis] ?? 1) };
    return this.#add({ kind: "permute", input, order, type });
  }

  broadcast(input: NodeId, shape: Shape): NodeId {
    return this.#add({ kind: "broadcast", input, type: { dtype: this.typeOf(input).dtype, shape } });
  }

  slice(input: NodeId, start: Shape, shape: Shape, step?: Shape): NodeId {
    const type = { dtype: this.typeOf(input).dtype, shape };
    return this.#add({ kind: "slice", input, start, ...(step === undefined ? {} : { step }), type });
  }

  paste(input: NodeId, into: NodeId, start: Shape, step?: Shape): NodeId {
    const type = this.typeOf(into);
    return this.#add({ kind: "paste", input, into, start, ...(step === undefined ? {} : { step }), type });
  }

  window(input: NodeId, axis: number, size: number, [stride, dilation]: readonly [number, number]): NodeId {
    const { dtype, shape } = this.typeOf(input);
    const count = Math.floor(((shape[axis] ?? 1) - (size - 1) * dilation - 1) / stride) + 1;
    const type = { dtype, shape: [...shape.with(axis, count), size] };
    return this.#add({ kind: "window", input, axis, stride, dilation, type });
  }

  take(input: NodeId, index: NodeId): NodeId {
    const { dtype, shape } = this.typeOf(input);
    const rows = this.typeOf(index).shape[0] ?? 1;
    return this.#add({ kind: "take", input, index, type: { dtype, shape: [rows, ...shape.slice(1)] } });
  }

  matmul(left: NodeId, right: NodeId, transposeRight: boolean = false): NodeId {
    const { dtype, shape } = this.typeOf(left);
    const columns = this.typeOf(right).shape.at(transposeRight ? -2 : -1) ?? 1;
    const type = { dtype, shape: [...shape.slice(0, -1), columns] };
    return this.#add({ kind: "matmul", left, right, transposeRight, type });
  }

  attention(
    operands: { q: NodeId; k: NodeId; v: NodeId },
    scale: number,
    causal: boolean,
    tokensFirst: boolean = false,
  ): NodeId {
    const { dtype, shape } = this.typeOf(operands.q);
    const width = this.typeOf(operands.v).shape.at(-1) ?? 1;
    return this.#add({
      kind: "attention",
      ...operands,
      scale,
      causal,
      tokensFirst,
      type: { dtype, shape: [...shape.slice(0, -1), width] },
    });
  }

  call(launch: Launch, outputs: readonly TensorType[]): NodeId {
    return this.#add({ kind: "tileCall", launch, outputs, type: outputs[0] ?? { dtype: "f32", shape: [] } });
  }

  result(call: NodeId, index: number, type: TensorType): NodeId {
    return this.#add({ kind: "result", call, index, type });
  }

  typeOf(id: NodeId): TensorType {
    const node = this.#nodes[id];
    if (node === undefined) throw new RangeError(`no node ${id}`);
    return node.type;
  }

  graph(outputs: readonly NodeId[], kernels: readonly TileKernel[] = []): Graph {
    return { nodes: this.#nodes, kernels, outputs };
  }

  #add(node: GraphNode): NodeId {
    this.#nodes.push(node);
    return this.#nodes.length - 1;
  }
}
