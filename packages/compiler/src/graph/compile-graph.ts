import { Fault, type FaultData, type Span } from "@tilebook/base";
import {
  type Graph,
  type GraphNode,
  type InputNode,
  type Launch,
  type NodeId,
  type ResultNode,
  sizeOf,
  storedBytes,
  type TensorType,
  type TileCallNode,
} from "@tilebook/ir";
import { compileKernel } from "../compile.ts";
import { messageBytes } from "../messages.ts";
import type { Choice, CompiledKernel, Dispatch, Program, ProgramBuffer, Step, Target } from "../program.ts";
import {
  AlikeLaunches,
  choiceOfFamily,
  choiceOfKernel,
  type Choose,
  type CompileKernel,
  type Compiling,
  type NodePlan,
  remembered,
} from "./choice.ts";
import { elementwisePlan, reducePlan } from "./map-ways.ts";
import { attentionPlan } from "./attention-ways.ts";
import { fusedPlan, matmulPlan } from "./product-ways.ts";
import type { Fold, FoldsWanted } from "./reduce.ts";
import { rowPlan } from "./row-kernels/row-plan.ts";
import { withTurned } from "./stream/turned-results.ts";
import { streamPlan } from "./stream/stream-plan.ts";
import type { SteadyNumbers } from "./steady-numbers.ts";
import { nodeAt, throughReshapes } from "./contents.ts";
import { plannedGraph } from "./planned-graph.ts";
import { isReadOnce } from "./read-once.ts";
import type { Regions } from "./regions.ts";

export interface GraphOptions {
  readonly compile?: CompileKernel;
  /** Without it every dispatch goes the first of its ways. */
  readonly choose?: Choose;
  /** Numbers that never changed are constants of large maps and folds: see `SteadyNumbers`. */
  readonly numbers?: SteadyNumbers;
}

/**
 * A graph as kernels over buffers. Maps are computed inside their readers; reductions, products and kernel launches
 * get a kernel each. Every output gets a buffer; an input or a reshape of one buffer may be two outputs.
 */
export function compileGraph(graph: Graph, target: Target, options: GraphOptions = {}): Program {
  const assembly = new Assembly(graph, target, options);
  return assembly.run();
}

interface Start {
  readonly from: NodeId;
  readonly over?: boolean | undefined;
}

class Assembly {
  readonly #graph: Graph;
  readonly #target: Target;
  readonly #compiling: Compiling;
  readonly #choose: Choose | undefined;
  readonly #regions: Regions;
  /** The graph as maps and folds read it. */
  readonly #written: Graph;
  /** Which node of the given graph each of ours is. */
  readonly #origins: readonly (NodeId | undefined)[];
  readonly #buffers: ProgramBuffer[] = [];
  readonly #bufferOf = new Map<NodeId, number>();
  readonly #callOutputs = new Map<NodeId, readonly number[]>();
  readonly #kernels: CompiledKernel[] = [];
  readonly #kernelOf = new Map<CompiledKernel, number>();
  readonly #dispatches: Dispatch[] = [];
  /** About kernels, each once. */
  readonly #remarks = new Map<string, FaultData>();

  constructor(given: Graph, target: Target, { compile = compileKernel, choose, numbers }: GraphOptions) {
    const { graph, origins, regions } = plannedGraph(given, target);
    this.#graph = graph;
    this.#origins = origins;
    this.#target = target;
    this.#compiling = { target, compile: remembered(compile), numbers, alike: new AlikeLaunches() };
    this.#choose = choose;
    this.#regions = regions;
    this.#written = withTurned(graph, regions.turned);
  }

  run(): Program {
    const { live, stored, streams, turned } = this.#regions;
    const made = new Set([...turned.values()].map((views) => views.at(-1)));
    for (const id of live)
      if ((stored.has(id) && !made.has(id)) || streams.has(id) || turned.has(id)) this.#compute(id);
    const outputs = this.#graph.outputs.map((id) => this.#output(id));
    this.#compiling.alike?.forget();
    return {
      buffers: this.#buffers,
      kernels: this.#kernels,
      dispatches: this.#dispatches,
      outputs,
      remarks: [...this.#regions.remarks, ...this.#remarks.values()],
    };
  }

  #compute(id: NodeId): void {
    const node = nodeAt(this.#graph, id);
    if (node.kind === "input") this.#bufferOf.set(id, this.#input(node.tensor, node.type));
    else if (node.kind === "tileCall") this.#call(id, node.launch, node.outputs);
    else if (node.kind === "result") this.#bufferOf.set(id, this.#result(node));
    else this.#make(id, node);
  }

  /** What becomes of a node, in the place of which a kernel may run for others, too. */
  #make(id: NodeId, node: Exclude<GraphNode, InputNode | TileCallNode | ResultNode>): void {
    const { stored, streams, rows, together, turned, inPlace } = this.#regions;
    const [stream, group, maps] = [streams.get(id), rows.get(id), together.get(id)];
    const folds = maps?.flatMap((one) => foldAt(this.#graph, one)) ?? [];
    if (stream !== undefined) {
      const roots = stream.parts.map(({ root }) => root);
      const results = roots.map((root) => turned.get(root)?.at(-1) ?? root);
      const wish = { stream, stored, turned };
      if (id === stream.at) this.#planned(results, streamPlan(this.#graph, wish, this.#target));
    } else if (group !== undefined) {
      if (id === group.members.at(-1))
        this.#planned(group.results, rowPlan(this.#written, group, this.#target, stored));
    } else if (maps !== undefined) {
      const [first, ...others] = folds;
      if (id !== maps.at(-1)) return;
      if (first !== undefined) this.#planned(maps, this.#folds([first, ...others]));
      else this.#planned(maps, elementwisePlan(this.#written, { ids: maps }, stored));
    } else if (inPlace.has(id)) this.#over(id);
    else this.#planned([turned.get(id)?.at(-1) ?? id], this.#plan(id, node));
  }

  #plan(id: NodeId, node: Exclude<GraphNode, InputNode | TileCallNode | ResultNode>): NodePlan {
    const product = this.#regions.epilogues.get(id);
    if (product !== undefined) return this.#fused(product, id);
    if (this.#regions.prologues.has(id)) return this.#fused(id);
    if (node.kind === "matmul") return matmulPlan(this.#graph, { id, node }, this.#target);
    if (node.kind === "attention")
      return attentionPlan(this.#graph, node, this.#target, this.#regions.turned.has(id));
    if (node.kind === "reduce") return this.#folds([{ id, node }]);
    return elementwisePlan(this.#written, { ids: [id] }, this.#regions.stored);
  }

  /** A map written over a tensor that it reads: in that one's buffer from then on. */
  #over(id: NodeId): void {
    const over = this.#regions.inPlace.get(id);
    const plan = elementwisePlan(this.#written, { ids: [id], over }, this.#regions.stored);
    this.#bufferOf.set(id, this.#bufferFor(over ?? id));
    this.#into([], plan, nodeAt(this.#graph, id).span);
  }

  #fused(product: NodeId, map?: NodeId): NodePlan {
    const node = nodeAt(this.#graph, product);
    if (node.kind !== "matmul") throw new Fault("internal/epilogue", `a ${node.kind} is no product`);
    return fusedPlan(this.#graph, node, { product, map, stored: this.#regions.stored }, this.#target);
  }

  #folds(folds: FoldsWanted["folds"]): NodePlan {
    return reducePlan(this.#written, { folds, target: this.#target }, this.#regions.stored);
  }

  #result(node: ResultNode): number {
    return this.#callOutputs.get(node.call)?.[node.index] ?? this.#missing(node);
  }

  /** A kernel, and what it leaves for each of these nodes. */
  #planned(ids: readonly NodeId[], plan: NodePlan): void {
    const nodes = ids.map((id) => nodeAt(this.#graph, id));
    const outputs = nodes.map(({ type }) => this.#buffer(type, { role: "temporary", zeroed: false }));
    ids.forEach((id, at) => this.#bufferOf.set(id, outputs[at] ?? -1));
    this.#into(outputs, plan, nodes.at(-1)?.span);
  }

  #into(outputs: readonly number[], { operands, family }: NodePlan, span: Span | undefined): void {
    const buffers = [...operands.map((operand) => this.#bufferFor(operand)), ...outputs];
    this.#dispatch(choiceOfFamily(family, this.#compiling), buffers, span);
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
    const choice = choiceOfKernel({ tile, grid: launch.grid, scalars }, this.#compiling);
    this.#dispatch(choice, buffers, node.span);
  }

  #launchOutput(type: TensorType, start: Start | undefined, span: Span | undefined): number {
    if (start === undefined) return this.#buffer(type, { role: "temporary", zeroed: true });
    const { from } = start;
    const before = isReadOnce(this.#graph, this.#regions, from) ? this.#bufferFor(from) : undefined;
    const role = this.#buffers[before ?? -1]?.role;
    if (before !== undefined && role === "temporary") return before;
    if (before !== undefined && role === "input" && start.over === true)
      return this.#buffer(type, { role: "temporary", zeroed: false, from: before, takes: true });
    const output = this.#buffer(type, { role: "temporary", zeroed: false });
    const stored = new Set([throughReshapes(this.#graph, from)]);
    this.#into([output], elementwisePlan(this.#graph, { ids: [from], copied: true }, stored), span);
    return output;
  }

  /** The last of `places` is the result, or the last ones are where it has several. */
  #dispatch(choice: Choice, places: readonly number[], span: Span | undefined): void {
    const { finish, ...first } = choice.make(this.#choose?.(choice) ?? choice.first);
    if (finish === undefined) {
      this.#launch(first, places, { span, choice });
      return;
    }
    const [operands, finished = -1] = [places.slice(0, -1), places.at(-1)];
    const parts = this.#buffer(finish.parts, { role: "temporary", zeroed: false });
    this.#launch(first, [...operands, parts], { span, choice, finished });
    this.#launch(finish, [parts, finished], { span });
  }

  #launch(
    { kernel: compiled, grid, scalars, fills = [], fixed = [], remarks = [] }: Step,
    places: readonly number[],
    { span, ...about }: Pick<Dispatch, "choice" | "finished"> & { readonly span: Span | undefined },
  ): void {
    for (const remark of remarks) this.#remarks.set(JSON.stringify(remark), remark);
    const kernel = this.#kernel(compiled);
    if (grid.some((size) => size === 0)) return;
    const buffers = compiled.sites.length > 0 ? [...places, this.#messages()] : places;
    const where = span === undefined ? {} : { span };
    const given = (id: NodeId): NodeId | undefined => this.#origins[id];
    this.#dispatches.push({
      kernel,
      grid,
      scalars,
      fills: fills.map((id) => (id === undefined ? undefined : given(id))),
      fixed: fixed.flatMap((id) => given(id) ?? []),
      buffers,
      ...about,
      ...where,
    });
  }

  /** A message buffer, for one dispatch. */
  #messages(): number {
    const type: TensorType = { dtype: "u32", shape: [messageBytes / 4] };
    this.#buffers.push({ type, bytes: messageBytes, role: "messages", zeroed: true });
    return this.#buffers.length - 1;
  }

  /** The kernel's place in the program; equal kernels share one. */
  #kernel(compiled: CompiledKernel): number {
    const known = this.#kernelOf.get(compiled);
    if (known !== undefined) return known;
    this.#kernels.push(compiled);
    this.#kernelOf.set(compiled, this.#kernels.length - 1);
    return this.#kernels.length - 1;
  }

  #bufferFor(id: NodeId): number {
    const base = throughReshapes(this.#graph, id);
    return this.#bufferOf.get(base) ?? this.#missing(nodeAt(this.#graph, base));
  }

  #buffer(
    type: TensorType,
    about: Pick<ProgramBuffer, "role" | "zeroed" | "tensor" | "from" | "takes">,
  ): number {
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
    const output = this.#buffer(type, { role: "output", zeroed: false });
    const plan = elementwisePlan(this.#graph, { ids: [id], copied: base === id }, new Set([base]));
    this.#into([output], plan, nodeAt(this.#graph, id).span);
    return output;
  }

  #missing(node: GraphNode): never {
    throw new Fault("internal/buffer", `a ${node.kind} has no buffer`, { span: node.span });
  }
}

function foldAt(graph: Graph, id: NodeId): readonly Fold[] {
  const node = nodeAt(graph, id);
  return node.kind === "reduce" ? [{ id, node }] : [];
}

/** The node that output `index` of a launch starts from, and whether it may be written over. */
function startOf(launch: Launch, index: number): Start | undefined {
  for (const argument of launch.arguments)
    if (argument.kind === "output" && argument.index === index && argument.from !== undefined)
      return { from: argument.from, over: argument.over };
  return undefined;
}
