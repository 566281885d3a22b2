import { Fault, type Span } from "@tilebook/base";
import {
  type AttentionNode,
  type Graph,
  type GraphNode,
  type Launch,
  type LaunchNumbers,
  type MatmulNode,
  type NodeId,
  type ResultNode,
  sizeOf,
  storedBytes,
  type TensorType,
  type TileKernel,
  valueDType,
} from "@tilebook/ir";
import { compileKernel, type CompileOptions } from "../compile.ts";
import { specialise } from "../specialise.ts";
import { messageBytes } from "../messages.ts";
import type { CompiledKernel, Dispatch, Program, ProgramBuffer, Target } from "../program.ts";
import { block, elementwiseKernel } from "./elementwise.ts";
import type { Generated } from "./expression.ts";
import { attentionBlock, attentionKernel, matmulBlock, matmulKernel } from "./products.ts";
import { reduceKernel } from "./reduce.ts";
import { chooseRegions, nodeAt, type Regions, throughReshapes } from "./regions.ts";

type Grid = readonly [number, number, number];

/** Same kernel, target and options, same result: whoever compiles many graphs may remember what it compiled. */
export type CompileKernel = (kernel: TileKernel, target: Target, options: CompileOptions) => CompiledKernel;

/**
 * A graph as kernels over buffers. Maps are computed inside their readers; reductions, products and kernel launches
 * get a kernel each. Every output gets a buffer; an input or a reshape of one buffer may be two outputs.
 */
export function compileGraph(graph: Graph, target: Target, compile: CompileKernel = compileKernel): Program {
  const assembly = new Assembly(graph, target, compile);
  return assembly.run();
}

class Assembly {
  readonly #graph: Graph;
  readonly #target: Target;
  readonly #compile: CompileKernel;
  readonly #regions: Regions;
  readonly #buffers: ProgramBuffer[] = [];
  readonly #bufferOf = new Map<NodeId, number>();
  readonly #callOutputs = new Map<NodeId, readonly number[]>();
  readonly #kernels: CompiledKernel[] = [];
  readonly #kernelOf = new Map<TileKernel | string, number>();
  readonly #dispatches: Dispatch[] = [];

  constructor(graph: Graph, target: Target, compile: CompileKernel) {
    this.#graph = graph;
    this.#target = target;
    this.#compile = compile;
    this.#regions = chooseRegions(graph, target.storageBuffers);
  }

  run(): Program {
    for (const id of this.#regions.live) if (this.#regions.stored.has(id)) this.#compute(id);
    const outputs = this.#graph.outputs.map((id) => this.#output(id));
    return {
      buffers: this.#buffers,
      kernels: this.#kernels,
      dispatches: this.#dispatches,
      outputs,
      remarks: this.#regions.remarks,
    };
  }

  #compute(id: NodeId): void {
    const node = nodeAt(this.#graph, id);
    const { stored } = this.#regions;
    if (node.kind === "input") this.#bufferOf.set(id, this.#input(node.tensor, node.type));
    else if (node.kind === "tileCall") this.#call(id, node.launch, node.outputs);
    else if (node.kind === "result") this.#bufferOf.set(id, this.#result(node));
    else if (node.kind === "matmul" || node.kind === "attention") this.#product(id, node);
    else if (node.kind === "reduce") {
      const made = reduceKernel(this.#graph, id, node, stored);
      this.#generated(id, made, made.programs);
    } else {
      const made = elementwiseKernel(this.#graph, id, stored);
      this.#generated(id, made, Math.ceil(sizeOf(node.type.shape) / block));
    }
  }

  #result(node: ResultNode): number {
    return this.#callOutputs.get(node.call)?.[node.index] ?? this.#missing(node);
  }

  #generated(id: NodeId, made: Generated, programs: number): void {
    const node = nodeAt(this.#graph, id);
    const inputs = made.nodes.map((input) => this.#bufferFor(input));
    const output = this.#buffer(node.type, { role: "temporary", zeroed: false });
    this.#bufferOf.set(id, output);
    const { scalars } = made;
    const kernel = this.#kernel(made.kernel, { grid: [programs, 1, 1], scalars });
    this.#dispatch({ kernel, grid: [programs, 1, 1], buffers: [...inputs, output], scalars }, node.span);
  }

  /** A product by the kernel that came with it, else by a plain one of ours. */
  #product(id: NodeId, node: MatmulNode | AttentionNode): void {
    if (node.launch !== undefined) return this.#call(id, node.launch, [node.type]);
    const output = this.#buffer(node.type, { role: "temporary", zeroed: false });
    this.#bufferOf.set(id, output);
    const [kernel, operands, scalars, grid] =
      node.kind === "matmul" ? this.#matmul(node) : this.#attention(node);
    const buffers = [...operands.map((operand) => this.#bufferFor(operand)), output];
    this.#dispatch({ kernel: this.#kernel(kernel, { grid, scalars }), grid, buffers, scalars }, node.span);
  }

  #matmul(node: MatmulNode): readonly [TileKernel, readonly NodeId[], readonly number[], Grid] {
    const left = nodeAt(this.#graph, node.left).type;
    const [m, n] = lastTwo(node.type.shape);
    const [, k] = lastTwo(left.shape);
    const grid: Grid = [Math.ceil(n / matmulBlock.n), Math.ceil(m / matmulBlock.m), batches(node.type.shape)];
    return [
      matmulKernel(valueDType(left.dtype), valueDType(node.type.dtype), node),
      [node.left, node.right],
      [m, n, k],
      grid,
    ];
  }

  #attention(node: AttentionNode): readonly [TileKernel, readonly NodeId[], readonly number[], Grid] {
    const { dtype, shape } = nodeAt(this.#graph, node.q).type;
    const [n, d] = lastTwo(shape);
    const [m] = lastTwo(nodeAt(this.#graph, node.k).type.shape);
    const [, e] = lastTwo(node.type.shape);
    const padded = { d: powerOfTwo(d), e: powerOfTwo(e) };
    const grid: Grid = [Math.ceil(n / attentionBlock.queries), batches(node.type.shape), 1];
    const kernel = attentionKernel(valueDType(dtype), valueDType(node.type.dtype), node, padded);
    return [kernel, [node.q, node.k, node.v], [n, m, d, e, node.scale], grid];
  }

  /**
   * A launch of a kernel that came with the graph. Its outputs start as zeros or as copies: it may not write all of them.
   */
  #call(id: NodeId, launch: Launch, types: readonly TensorType[]): void {
    const node = nodeAt(this.#graph, id);
    const tile = this.#graph.kernels[launch.kernel];
    if (tile === undefined)
      throw new Fault("graph/kernel", `the graph has no kernel ${launch.kernel}`, { span: node.span });
    const outputs = types.map((type, index) => this.#launchOutput(type, startOf(launch, index), node.span));
    const buffers: number[] = [];
    const scalars: number[] = [];
    for (const argument of launch.arguments)
      if (argument.kind === "scalar") scalars.push(argument.value);
      else if (argument.kind === "node") buffers.push(this.#bufferFor(argument.node));
      else buffers.push(outputs[argument.index] ?? this.#missing(node));
    this.#callOutputs.set(id, outputs);
    const [first] = outputs;
    if (first !== undefined) this.#bufferOf.set(id, first);
    const kernel = this.#kernel(tile, { grid: launch.grid, scalars });
    this.#dispatch({ kernel, grid: launch.grid, buffers, scalars }, node.span);
  }

  #launchOutput(type: TensorType, from: NodeId | undefined, span: Span | undefined): number {
    const output = this.#buffer(type, { role: "temporary", zeroed: from === undefined });
    if (from === undefined) return output;
    const made = elementwiseKernel(this.#graph, from, new Set([throughReshapes(this.#graph, from)]), true);
    const buffers = [...made.nodes.map((input) => this.#bufferFor(input)), output];
    const grid: Grid = [Math.ceil(sizeOf(type.shape) / block), 1, 1];
    const kernel = this.#kernel(made.kernel, { grid, scalars: made.scalars });
    this.#dispatch({ kernel, grid, buffers, scalars: made.scalars }, span);
    return output;
  }

  #dispatch(dispatch: Omit<Dispatch, "span">, span: Span | undefined): void {
    if (dispatch.grid.some((size) => size === 0)) return;
    const speaks = (this.#kernels[dispatch.kernel]?.sites.length ?? 0) > 0;
    const buffers = speaks ? [...dispatch.buffers, this.#messages()] : dispatch.buffers;
    this.#dispatches.push({ ...dispatch, buffers, ...(span === undefined ? {} : { span }) });
  }

  /** A message buffer, for one dispatch. */
  #messages(): number {
    const type: TensorType = { dtype: "u32", shape: [messageBytes / 4] };
    this.#buffers.push({ type, bytes: messageBytes, role: "messages", zeroed: true });
    return this.#buffers.length - 1;
  }

  /** The kernel's place in the program, as this launch needs it; equal kernels share one. */
  #kernel(general: TileKernel, launch: LaunchNumbers): number {
    const { kernel: tile, divisors } = specialise(general, launch);
    const target = this.#targetFor(tile, launch.scalars);
    const text = JSON.stringify([tile.name, tile.params, tile.body, target.loopTurns, ...divisors]);
    const known = this.#kernelOf.get(text);
    if (known !== undefined) return known;
    this.#kernels.push(this.#compile(tile, target, { divisors }));
    this.#kernelOf.set(text, this.#kernels.length - 1);
    return this.#kernels.length - 1;
  }

  /** Loops that the device might cut are watched only where the numbers of a launch do not say that they are short. */
  #targetFor(tile: TileKernel, scalars: readonly number[]): Target {
    const { loopTurns, ...plain } = this.#target;
    if (loopTurns === undefined) return plain;
    const turns = this.#compile(tile, plain, {}).turns?.(scalars) ?? Infinity;
    return turns <= loopTurns ? plain : this.#target;
  }

  #bufferFor(id: NodeId): number {
    const base = throughReshapes(this.#graph, id);
    return this.#bufferOf.get(base) ?? this.#missing(nodeAt(this.#graph, base));
  }

  #buffer(type: TensorType, about: Pick<ProgramBuffer, "role" | "zeroed" | "tensor">): number {
    const bytes = Math.max(4, storedBytes(sizeOf(type.shape), type.dtype));
    this.#buffers.push({ type, bytes, ...about });
    return this.#buffers.length - 1;
  }

  #input(tensor: string, type: TensorType): number {
    const known = this.#buffers.findIndex((buffer) => buffer.tensor === tensor);
    return known >= 0 ? known : this.#buffer(type, { role: "input", zeroed: false, tensor });
  }

  /** The buffer of an output, with the output's own shape. A reshape of an input is copied. */
  #output(id: NodeId): number {
    const { type } = nodeAt(this.#graph, id);
    const place = this.#bufferFor(id);
    const buffer = this.#buffers[place];
    if (buffer === undefined) return place;
    const sameShape = JSON.stringify(buffer.type.shape) === JSON.stringify(type.shape);
    if (buffer.role === "temporary") this.#buffers[place] = { ...buffer, role: "output", type };
    return buffer.role === "temporary" || sameShape ? place : this.#copy(id, type);
  }

  #copy(id: NodeId, type: TensorType): number {
    const base = throughReshapes(this.#graph, id);
    const made = elementwiseKernel(this.#graph, id, new Set([base]));
    const output = this.#buffer(type, { role: "output", zeroed: false });
    const buffers = [...made.nodes.map((input) => this.#bufferFor(input)), output];
    const grid: Grid = [Math.ceil(sizeOf(type.shape) / block), 1, 1];
    const kernel = this.#kernel(made.kernel, { grid, scalars: made.scalars });
    this.#dispatch({ kernel, grid, buffers, scalars: made.scalars }, nodeAt(this.#graph, id).span);
    return output;
  }

  #missing(node: GraphNode): never {
    throw new Fault("internal/buffer", `a ${node.kind} has no buffer`, { span: node.span });
  }
}

function lastTwo(shape: readonly number[]): readonly [number, number] {
  return [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
}

function batches(shape: readonly number[]): number {
  return sizeOf(shape.slice(0, -2));
}

function powerOfTwo(size: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, size)));
}

/** The node that output `index` of a launch starts from. */
function startOf(launch: Launch, index: number): NodeId | undefined {
  for (const argument of launch.arguments)
    if (argument.kind === "output" && argument.index === index) return argument.from;
  return undefined;
}
