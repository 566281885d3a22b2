// Only tests stand on the interpreter and on the parser; the package itself knows neither.
import { Fault, type Span } from "@tilebook/base";
import { runGraph, type TensorValue, traceNaN } from "@tilebook/interp";
import { decodeGraph, encodeGraph, type Graph, type TensorType, type TileKernel } from "@tilebook/ir";
import { fromBytes, toBytes } from "../bytes.ts";
import { lowerKernel } from "@tilebook/lang";
import type { Captured, HostMemory, KernelText, NaNTrace, NaNWatch, TensorHost } from "../host.ts";
import { sizeOf } from "../shape.ts";

/** A host in memory: kernels by the true parser, graphs by the interpreter, attention and matmul by their kernels. */
export class TestHost implements TensorHost {
  /** Every graph that was run, in order. */
  readonly graphs: Graph[] = [];
  /** What `here` says. */
  span: Span | undefined;
  /** What `signal` says. */
  unwanted: AbortSignal | undefined;
  /** How many kernels were lowered. */
  lowered = 0;
  beforeRun: () => void = () => undefined;
  readonly #values = new Map<string, TensorValue>();
  #count = 0;

  /** Handles that are alive. */
  get alive(): ReadonlySet<string> {
    return new Set(this.#values.keys());
  }

  lower(kernel: KernelText, captured: Captured, constants: Captured): TileKernel {
    this.lowered += 1;
    return lowerKernel({ ...kernel, captured, constants });
  }

  upload(data: Uint8Array, type: TensorType): string {
    return this.#keep(Float64Array.from(fromBytes(data, type.dtype, sizeOf(type.shape))), type);
  }

  async run(graph: Graph): Promise<readonly string[]> {
    this.graphs.push(graph);
    this.beforeRun();
    // As it crosses the wall to the GPU worker: as JSON, checked by every rule of the graph.
    const seen = decodeGraph(JSON.parse(JSON.stringify(encodeGraph(graph))));
    const results = await this.compute(seen, this.#values);
    return graph.outputs.map((id, at) => this.#keep(Float64Array.from(results[at] ?? []), typeOf(graph, id)));
  }

  /** The outputs' values. By the interpreter, unless a host says otherwise. */
  protected async compute(
    graph: Graph,
    values: ReadonlyMap<string, TensorValue>,
  ): Promise<readonly ArrayLike<number>[]> {
    return runGraph(graph, values);
  }

  async reference(graph: Graph): Promise<readonly Float64Array[]> {
    return runGraph(graph, this.#values);
  }

  async traceNaN(graph: Graph, watch: NaNWatch): Promise<NaNTrace> {
    return traceNaN(graph, this.#values, watch);
  }

  async read(handle: string): Promise<Uint8Array> {
    const value = this.#values.get(handle);
    if (value === undefined) throw new Fault("executor/unknown-tensor", `there is no tensor ${handle}`);
    return toBytes(value.values, value.type.dtype);
  }

  free(handle: string): void {
    if (!this.#values.delete(handle)) throw new Fault("executor/freed", `${handle} was freed twice`);
  }

  async memory(): Promise<HostMemory> {
    const bytes = 4 * [...this.#values.values()].reduce((sum, { values }) => sum + values.length, 0);
    return { liveBytes: bytes, peakBytes: bytes };
  }

  resetPeak(): void {}

  signal(): AbortSignal | undefined {
    return this.unwanted;
  }

  here(): Span | undefined {
    return this.span;
  }

  #keep(data: Float64Array, type: TensorType): string {
    const handle = `t${this.#count++}`;
    const values = Float64Array.from(fromBytes(toBytes(data, type.dtype), type.dtype, data.length));
    this.#values.set(handle, { type, values });
    return handle;
  }
}

function typeOf(graph: Graph, id: number): TensorType {
  return graph.nodes[id]?.type ?? { dtype: "f32", shape: [] };
}
