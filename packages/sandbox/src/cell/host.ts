import type { Span } from "@tilebook/base";
import { runGraph, type TensorValue, traceNaN } from "@tilebook/interp";
import { type Graph, meshOf, sizeOf, type TensorType, type TileKernel } from "@tilebook/ir";
import type { LaunchMessages } from "@tilebook/runtime";
import type { Captured, HostMemory, KernelText, NaNTrace, NaNWatch, TensorHost } from "@tilebook/tensor";
import type { FromCell } from "../protocol/cell.ts";
import { valuesOf } from "../values.ts";
import { AnswerFault, answerOf, type GpuLine } from "./gpu-line.ts";
import { MeshLine } from "./mesh-line.ts";
import { SentGraphs } from "./sent-graphs.ts";

export interface CellHostParts {
  readonly line: GpuLine;
  readonly lower: (kernel: KernelText, captured: Captured, constants: Captured) => TileKernel;
  /** Shows what launches of this run printed. */
  readonly printed: (messages: readonly LaunchMessages[]) => void;
  readonly encode: (graph: Graph) => string;
  /** The run, and its cell, that tensor calls made now belong to. */
  readonly caller: () => { readonly run: number; readonly cell: string; readonly signal?: AbortSignal };
  readonly here: () => Span | undefined;
  /** Says something to the app page. */
  readonly send: (message: FromCell) => void;
}

/** Most that one launch may take where a NaN is followed back: the worker hears nothing meanwhile. */
const launchMs = 10_000;

/** What the tensor API stands on in the cell worker: the compiler's front here, everything else in the GPU worker. */
export class CellHost implements TensorHost {
  readonly #parts: CellHostParts;
  readonly #line: GpuLine;
  readonly mesh: MeshLine;
  readonly #sent = new SentGraphs((form) => this.#line.tell({ type: "drop", form }));

  constructor(parts: CellHostParts) {
    this.#parts = parts;
    this.#line = parts.line;
    this.mesh = new MeshLine({
      send: parts.send,
      name: () => this.#line.name(),
      encode: parts.encode,
      read: (tensor) => this.read(tensor),
      signal: () => parts.caller().signal,
    });
  }

  lower(kernel: KernelText, captured: Captured, constants: Captured): TileKernel {
    return this.#parts.lower(kernel, captured, constants);
  }

  upload(data: Uint8Array, type: TensorType): string {
    const tensor = this.#line.name();
    const bytes = data.byteLength === data.buffer.byteLength ? data : data.slice();
    this.#line.tell({ type: "upload", tensor, of: type, bytes }, [bytes.buffer as ArrayBuffer]);
    return tensor;
  }

  async run(graph: Graph, mesh?: string): Promise<readonly string[]> {
    if (mesh !== undefined) return this.mesh.run(graph, mesh);
    const outputs = graph.outputs.map(() => this.#line.name());
    const { run, cell } = this.#parts.caller();
    const { again, keep, arrived } = this.#sent.send(graph);
    const what =
      again !== undefined
        ? ({ type: "again", ...again } as const)
        : ({
            type: "run",
            graph: this.#parts.encode(graph),
            ...(keep === undefined ? {} : { keep }),
          } as const);
    try {
      const answer = await this.#line.make({ ...what, run, cell, outputs }, outputs);
      arrived();
      if (answer.type === "done" && answer.messages !== undefined) this.#parts.printed(answer.messages);
      return outputs;
    } catch (error) {
      if (error instanceof AnswerFault) this.#parts.printed(error.messages);
      throw error;
    }
  }

  /** In this worker, so that an interrupt of a long check leaves the tensors alone. */
  async reference(graph: Graph): Promise<readonly Float64Array[]> {
    return runGraph(graph, await this.#inputsOf(graph));
  }

  /** In this worker, too. A launch may take so long, and all of it as long as nobody ends it. */
  async traceNaN(graph: Graph, watch: NaNWatch): Promise<NaNTrace> {
    const inputs = await this.#inputsOf(graph);
    let ends = Infinity;
    const pause = async (done: number, total: number): Promise<boolean> => {
      const isOver = (await watch.pause?.(done, total)) ?? false;
      ends = performance.now() + launchMs;
      return isOver;
    };
    const stop = (): boolean => performance.now() > ends;
    return traceNaN(graph, inputs, { pause, stop });
  }

  async #inputsOf(graph: Graph): Promise<ReadonlyMap<string, TensorValue>> {
    const inputs = new Map<string, TensorValue>();
    for (const node of graph.nodes) {
      if (node.kind !== "input" || inputs.has(node.tensor)) continue;
      inputs.set(node.tensor, {
        type: node.type,
        values: valuesOf(await this.read(node.tensor), node.type.dtype).slice(0, sizeOf(node.type.shape)),
      });
    }
    return inputs;
  }

  async read(tensor: string, range?: { readonly start: number; readonly end: number }): Promise<Uint8Array> {
    if (meshOf(tensor) !== undefined) return (await this.mesh.read(tensor)).slice(range?.start, range?.end);
    const answer = await this.#line.ask({ type: "read", tensor, ...range });
    return answerOf(answer, "bytes").bytes;
  }

  free(tensor: string): void {
    this.mesh.free(tensor);
    if (meshOf(tensor) === undefined) this.#line.tell({ type: "free", tensor });
  }

  async memory(): Promise<HostMemory> {
    const { liveBytes, peakBytes } = answerOf(await this.#line.ask({ type: "memory" }), "memory");
    return { liveBytes, peakBytes };
  }

  resetPeak(): void {
    this.#line.tell({ type: "resetPeak" });
  }

  signal(): AbortSignal | undefined {
    return this.#parts.caller().signal;
  }

  here(): Span | undefined {
    return this.#parts.here();
  }
}
