import type { GraphNode, Launch, LaunchArgument, NodeId } from "./graph.ts";
import type { Defined, Joined, TileKernel, TileOp, TileType, TileValueOp, ValueId } from "./tile.ts";

/** One value and its type. */
export interface TypedValue {
  readonly value: ValueId;
  readonly type: TileType;
  readonly label?: string | undefined;
}

/** Calls `visit` for every op, outer ops before the ops nested in them, in program order. */
export function walkOps(
  body: readonly TileOp[],
  visit: (op: TileOp, depth: number) => void,
  depth: number = 0,
): void {
  for (const op of body) {
    visit(op, depth);
    for (const block of blocksOf(op)) walkOps(block, visit, depth + 1);
  }
}

/**
 * The blocks nested directly in an op. The combine of a fold or a scan is one, so that spans, ids, bounds and dead values
 * count in it as everywhere. It runs once for each pair of neighbours, not once: what places program code (barriers,
 * registers, memory) looks at the kind of the op first. By rule T8 it holds scalars without effects only.
 */
export function blocksOf(op: TileOp): readonly (readonly TileOp[])[] {
  if (op.kind === "for") return [op.body];
  if (op.kind === "fold" || op.kind === "scan") return [op.combine.body];
  if (op.kind === "if") return [op.whenTrue, op.whenFalse];
  return [];
}

/** The values an op reads before its blocks run (pointers included). What its blocks hand out is `yieldsOf`. */
export function operandsOf(op: TileOp): readonly ValueId[] {
  switch (op.kind) {
    case "const":
    case "programId":
    case "numPrograms":
    case "arange":
      return [];
    case "broadcast":
    case "reshape":
    case "transpose":
    case "unary":
    case "cast":
    case "bitcast":
    case "pick":
    case "argsort":
    case "reduce":
      return [op.input];
    case "gather":
      return [op.input, op.index];
    case "binary":
    case "dot":
    case "join":
      return [op.left, op.right];
    case "select":
      return [op.condition, op.yes, op.no];
    case "load":
      return [op.pointer, op.offset, ...given(op.mask), ...given(op.other)];
    case "store":
      return [op.pointer, op.offset, op.value, ...given(op.mask)];
    case "atomic":
      return [op.pointer, op.offset, op.value, ...given(op.compare), ...given(op.mask)];
    case "fold":
    case "scan":
      return op.inputs;
    case "print":
      return [op.value, ...given(op.mask)];
    case "assert":
      return [op.condition];
    case "for":
      return [op.lower, op.upper, ...op.carried.map((item) => item.init)];
    case "if":
      return [op.condition];
  }
}

/** For each block of `blocksOf(op)`, the values it hands out at its end. */
export function yieldsOf(op: TileOp): readonly (readonly ValueId[])[] {
  if (op.kind === "for") return [op.carried.map((item) => item.yield)];
  if (op.kind === "fold" || op.kind === "scan") return [op.combine.yields];
  if (op.kind === "if") {
    const arm = (pick: (item: Joined) => ValueId): ValueId[] => op.joined.map((item) => pick(item));
    return [arm((item) => item.whenTrue), arm((item) => item.whenFalse)];
  }
  return [];
}

/** The values an op defines for the ops after it. */
export function resultsOf(op: TileOp): readonly TypedValue[] {
  if (isValueOp(op)) return [{ value: op.result, type: op.type, label: op.label }];
  switch (op.kind) {
    case "store":
    case "print":
    case "assert":
      return [];
    case "for":
      return op.carried.map(typedResult);
    case "if":
      return op.joined.map(typedResult);
    case "fold":
    case "scan":
      return op.results.map(typedResult);
  }
}

function typedResult({ result, type, label }: Defined): TypedValue {
  return { value: result, type, label };
}

/** The values an op defines inside its own blocks: a loop's index and arguments, the two sides of a combine. */
export function argumentsOf(op: TileOp): readonly TypedValue[] {
  if (op.kind === "fold" || op.kind === "scan") {
    const side = (values: readonly ValueId[]): TypedValue[] =>
      values.map((value, at) => ({ value, type: { dtype: op.results[at]?.type.dtype ?? "f32", shape: [] } }));
    return [...side(op.combine.left), ...side(op.combine.right)];
  }
  if (op.kind !== "for") return [];
  const index: TypedValue = { value: op.index, type: { dtype: "i32", shape: [] }, label: op.indexLabel };
  const carried = op.carried.map((item) => ({ value: item.argument, type: item.type, label: item.label }));
  return [index, ...carried];
}

/** True for an op that defines exactly one value. */
export function isValueOp(op: TileOp): op is TileValueOp {
  return "result" in op;
}

/** Every value of the kernel by id, scalar parameters included, pointers not. */
export function valuesOf(kernel: TileKernel): Map<ValueId, TypedValue> {
  const values = new Map<ValueId, TypedValue>();
  const add = (item: TypedValue): unknown => values.set(item.value, item);
  for (const param of kernel.params) {
    if (param.kind === "scalar")
      add({ value: param.value, type: { dtype: param.dtype, shape: [] }, label: param.name });
  }
  walkOps(kernel.body, (op) => [...resultsOf(op), ...argumentsOf(op)].forEach(add));
  return values;
}

function given(value: ValueId | undefined): readonly ValueId[] {
  return value === undefined ? [] : [value];
}

/** The nodes a graph node reads, in order; one may stand there twice. A launch's arguments count. */
export function readsOf(node: GraphNode): readonly NodeId[] {
  switch (node.kind) {
    case "input":
    case "fill":
    case "iota":
      return [];
    case "unary":
    case "cast":
    case "reduce":
    case "reshape":
    case "permute":
    case "broadcast":
    case "slice":
    case "window":
      return [node.input];
    case "paste":
      return [node.input, node.into];
    case "binary":
      return [node.left, node.right];
    case "select":
      return [node.condition, node.yes, node.no];
    case "take":
      return [node.input, node.index];
    case "matmul":
      return [node.left, node.right];
    case "attention":
      return [node.q, node.k, node.v];
    case "tileCall":
      return launchReads(node.launch);
    case "result":
      return [node.call];
  }
}

/** The same node that reads others instead: `to` is asked for each read, in the order of `readsOf`. */
export function withReads(node: GraphNode, to: (read: NodeId) => NodeId): GraphNode {
  switch (node.kind) {
    case "input":
    case "fill":
    case "iota":
      return node;
    case "unary":
    case "cast":
    case "reduce":
    case "reshape":
    case "permute":
    case "broadcast":
    case "slice":
    case "window":
      return { ...node, input: to(node.input) };
    case "paste":
      return { ...node, input: to(node.input), into: to(node.into) };
    case "binary":
    case "matmul":
      return { ...node, left: to(node.left), right: to(node.right) };
    case "select":
      return { ...node, condition: to(node.condition), yes: to(node.yes), no: to(node.no) };
    case "take":
      return { ...node, input: to(node.input), index: to(node.index) };
    case "attention":
      return { ...node, q: to(node.q), k: to(node.k), v: to(node.v) };
    case "tileCall": {
      const { launch } = node;
      return {
        ...node,
        launch: { ...launch, arguments: launch.arguments.map((one) => argumentTo(one, to)) },
      };
    }
    case "result":
      return { ...node, call: to(node.call) };
  }
}

function argumentTo(argument: LaunchArgument, to: (read: NodeId) => NodeId): LaunchArgument {
  if (argument.kind === "node") return { ...argument, node: to(argument.node) };
  if (argument.kind === "output" && argument.from !== undefined)
    return { ...argument, from: to(argument.from) };
  return argument;
}

/** The nodes whose tensors a launch reads, or copies before it. */
export function launchReads(launch: Launch): readonly NodeId[] {
  return launch.arguments.flatMap((argument) => {
    if (argument.kind === "node") return [argument.node];
    return argument.kind === "output" && argument.from !== undefined ? [argument.from] : [];
  });
}
