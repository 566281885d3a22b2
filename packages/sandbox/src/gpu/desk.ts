import { decode, Fault, type FaultData, faultData, type Span } from "@tilebook/base";
import { formOf, type Program } from "@tilebook/compiler";
import { decodeGraph, type Graph, type TensorType } from "@tilebook/ir";
import {
  type Executor,
  FailedRun,
  type GpuExecutor,
  type LaunchMessages,
  type RunResult,
  type TensorHandle,
} from "@tilebook/runtime";
import { type CellToGpu, cellToGpu, type GpuToCell } from "../protocol/tensors.ts";
import type { FromGpu } from "../protocol/gpu.ts";
import type { Compiler } from "./compiler.ts";
import type { KernelDetail } from "@tilebook/notebook";
import type { Probe } from "../probe.ts";
import type { StepRequest } from "../step.ts";
import type { InspectRequest } from "../sandbox.ts";
import { ProbeDesk } from "./probe-desk.ts";
import { type Ledger, Hazards } from "./hazards.ts";
import { type GraphAgain, KeptGraphs } from "./kept-graphs.ts";
import { RawDesk } from "./raw.ts";
import { RunReports } from "./reports.ts";
import { KernelShelf } from "./shelf.ts";
import { StepDesk } from "./step/step-desk.ts";
import type { TensorTable } from "./tensors.ts";
import type { TuningDesk } from "./tuning-desk.ts";

/** Requests that may wait. A cell that sends more without waiting is refused. */
const MOST_WAITING = 10_000;
/** Runs whose aborts are remembered. */
const MOST_ABORTED = 100;

export interface DeskParts {
  readonly executor: Executor;
  readonly gpu: GpuExecutor | undefined;
  readonly compiler: Compiler;
  readonly tensors: TensorTable;
  /** Measures beside the runs; none where there is no GPU. */
  readonly tuning?: TuningDesk | undefined;
  readonly toApp: (message: FromGpu) => void;
  /** Where WGSL of users is written down before it is tried. Without one, nothing is remembered after this worker. */
  readonly ledger?: Ledger;
}

const noLedger: Ledger = { begin: () => Promise.resolve(true), end: () => undefined };

/**
 * Serves the cell worker, one request after the other, in the order they came. Nothing the cell worker sends is
 * believed: messages are decoded, graphs are decoded and verified, names are looked up.
 */
export class Desk {
  readonly #parts: DeskParts;
  readonly #aborts = new Map<number, AbortController>();
  readonly #shelf = new KernelShelf();
  readonly #steps: StepDesk;
  readonly #probes: ProbeDesk;
  readonly #rawDesk: RawDesk;
  readonly #graphs = new KeptGraphs();
  #reports: RunReports | undefined;
  #reportedRun = -1;
  #peak = 0;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();
  #port: MessagePort | undefined;
  #generation = 0;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#steps = new StepDesk(parts.toApp);
    this.#probes = new ProbeDesk({ ...parts, steps: this.#steps });
    this.#rawDesk = new RawDesk({ ...parts, hazards: new Hazards(parts.ledger ?? noLedger) });
  }

  /** From now on this is the cell worker's line. The one before belonged to a worker that is gone. */
  join(port: MessagePort, generation: number): void {
    this.#leave();
    this.#port = port;
    this.#generation = generation;
    this.#waiting = 0;
    this.#graphs.clear();
    port.addEventListener("message", ({ data }: MessageEvent<unknown>) => this.#queue(port, data));
    port.start();
  }

  /**
   * The cell workers before this generation are gone: what they still asked for is dropped, and all their tensors but
   * these are freed, also those still to come. The worker of this generation may have joined already: its line stays.
   */
  retain(generation: number, names: readonly string[]): void {
    if (this.#generation < generation) this.#leave();
    this.#parts.tensors.retain(generation, names);
  }

  #leave(): void {
    this.#port?.close();
    this.#port = undefined;
  }

  /** Stops what this run has under way and everything it still asks for. */
  abort(run: number): void {
    this.#abortOf(run).abort();
  }

  /** The run, which has not begun, does this as well. */
  probe(run: number, probe: Probe): void {
    this.#probes.set(run, probe);
  }

  /** What this run's probe does is not wanted any more. The run goes on. */
  endProbe(run: number): void {
    this.#probes.stop(run);
  }

  /** The texts of a kernel that a run has reported. Fault `executor/unknown-kernel`. */
  inspect(request: InspectRequest): KernelDetail {
    return this.#shelf.detail(request, this.#parts.compiler.target);
  }

  /** About the launch that a probe kept. The answer goes to the app. */
  step(id: number, request: StepRequest): void {
    this.#steps.ask(id, request);
  }

  #abortOf(run: number): AbortController {
    const known = this.#aborts.get(run) ?? new AbortController();
    this.#aborts.set(run, known);
    for (const old of this.#aborts.keys()) {
      if (this.#aborts.size <= MOST_ABORTED) break;
      this.#aborts.delete(old);
    }
    return known;
  }

  #queue(port: MessagePort, data: unknown): void {
    const { tuning } = this.#parts;
    this.#waiting += 1;
    const refused = this.#waiting > MOST_WAITING;
    const serve = async (): Promise<void> => {
      this.#waiting -= 1;
      if (port === this.#port) await this.#serve(port, data, refused).finally(() => tuning?.end());
      else tuning?.end();
    };
    tuning?.begin();
    // An answer that cannot be sent must not stop those behind it.
    this.#last = this.#last.then(serve).catch(() => undefined);
  }

  async #serve(port: MessagePort, data: unknown, refused: boolean): Promise<void> {
    const id = idOf(data);
    try {
      if (refused)
        throw new Fault("executor/busy", `more than ${MOST_WAITING} requests wait for the GPU worker`);
      const answer = await this.#answer(decode(cellToGpu, data, "request"));
      if (answer === undefined) return;
      port.postMessage(answer, answer.type === "bytes" ? [answer.bytes.buffer as ArrayBuffer] : []);
    } catch (error) {
      if (id !== undefined) port.postMessage({ type: "fault", id, ...failureOf(error) } satisfies GpuToCell);
    }
  }

  async #answer(request: CellToGpu): Promise<GpuToCell | undefined> {
    switch (request.type) {
      case "run":
      case "again":
        return { type: "done", id: request.id, ...(await this.#run(request)) };
      case "raw":
        await this.#raw(request);
        return { type: "done", id: request.id };
      case "read":
        return { type: "bytes", id: request.id, bytes: await this.#read(request) };
      case "admit":
        return { type: "admitted", id: request.id, admission: await this.#rawDesk.admit(request) };
      case "flush":
        await this.#settled();
        return { type: "flushed", id: request.id, peakBytes: this.#flush(request.run) };
      case "upload":
      case "free":
      case "drop":
      case "memory":
      case "resetPeak":
        return this.#keepHouse(request);
    }
  }

  async #keepHouse(
    request: Extract<CellToGpu, { readonly type: "upload" | "free" | "drop" | "memory" | "resetPeak" }>,
  ): Promise<GpuToCell | undefined> {
    const { executor, tensors } = this.#parts;
    switch (request.type) {
      case "upload":
        tensors.add(request.tensor, executor.upload(request.bytes, request.of, { owned: true }));
        this.#notePeak(0);
        return undefined;
      case "free":
        tensors.free(request.tensor);
        return undefined;
      case "drop":
        this.#graphs.drop(request.form);
        return undefined;
      case "memory": {
        await this.#settled();
        const { liveBytes } = executor.memory();
        return { type: "memory", id: request.id, liveBytes, peakBytes: Math.max(this.#peak, liveBytes) };
      }
      case "resetPeak":
        this.#peak = executor.memory().liveBytes;
        return undefined;
    }
  }

  async #read({ tensor, start, end }: Extract<CellToGpu, { readonly type: "read" }>): Promise<Uint8Array> {
    const { executor, tensors } = this.#parts;
    const range = start === undefined || end === undefined ? undefined : { start, end };
    return ownBytes(await executor.read(tensors.get(tensor), range));
  }

  async #run(
    request: Extract<CellToGpu, { readonly type: "run" | "again" }>,
  ): Promise<{ readonly messages?: readonly LaunchMessages[] }> {
    const port = this.#port;
    const { executor, compiler } = this.#parts;
    const { signal } = this.#abortOf(request.run);
    if (signal.aborted) throw new Fault("run/interrupted", "the run was interrupted");
    const reports = this.#reportsOf(request.run, request.cell);
    const program = compiler.compileForm(this.#asked(request), (kernel, error) =>
      reports.refused(kernel, faultData(error)),
    );
    if (program.outputs.length !== request.outputs.length)
      throw new Fault("graph/outputs", "each output of a graph needs one name");
    await this.#probes.meet(request.run, program, signal);
    const beside = executor.memory().liveBytes - inputBytes(program);
    const { outputs, peakBytes, messages } = await this.#reporting(reports, program, signal);
    this.#name(outputs, request.outputs, port);
    this.#notePeak(beside + peakBytes);
    reports.add(program, peakBytes);
    this.#parts.tuning?.ran(program);
    return messages.length === 0 ? {} : { messages };
  }

  /** The graph that is to run, over the executor's handles. */
  #asked(request: Extract<CellToGpu, { readonly type: "run" | "again" }>): GraphAgain {
    const { tensors, compiler } = this.#parts;
    if (request.type === "again") {
      const { form, numbers } = request;
      this.#graphs.typesOf(form).forEach((type, at) => this.#needType(request.tensors[at] ?? "", type));
      const handles = request.tensors.map((name) => tensors.get(name));
      return this.#graphs.again(form, { tensors: handles, numbers }, compiler.target);
    }
    const decoded = decodeGraph(parsed(request.graph));
    if (request.keep !== undefined) this.#graphs.keep(request.keep, decoded);
    const graph = this.#bind(decoded);
    return { graph: () => graph, form: formOf(graph, compiler.target) };
  }

  /** Runs the program, which may still be under way then; when it fails, its kernels are reported with the fault. */
  async #reporting(reports: RunReports, program: Program, signal: AbortSignal): Promise<RunResult> {
    try {
      const { executor, tuning } = this.#parts;
      const measured = (kernel: string, milliseconds: number): void => {
        reports.time(kernel, milliseconds);
        tuning?.took(kernel, milliseconds);
      };
      return await executor.run(program, signal, { measured });
    } catch (error) {
      if (!signal.aborted) reports.failed(program, faultData(error));
      throw error;
    }
  }

  async #raw(request: Extract<CellToGpu, { readonly type: "raw" }>): Promise<void> {
    const port = this.#port;
    const { signal } = this.#abortOf(request.run);
    const { outputs, names, peakBytes } = await this.#rawDesk.run(request, signal);
    this.#name(outputs, names, port);
    this.#notePeak(peakBytes);
  }

  /** The graph over the executor's own handles. */
  #bind(graph: Graph): Graph {
    const { tensors } = this.#parts;
    const nodes = graph.nodes.map((node) => {
      if (node.kind !== "input") return node;
      this.#needType(node.tensor, node.type, node.span);
      return { ...node, tensor: tensors.get(node.tensor) };
    });
    return { ...graph, nodes };
  }

  #needType(name: string, { dtype, shape }: TensorType, span?: Span): void {
    const is = this.#parts.tensors.typeOf(name);
    if (dtype === is.dtype && shape.join() === is.shape.join()) return;
    throw new Fault("graph/input", `input ${name} is not what the graph says`, { span });
  }

  /** Gives results their names, unless nobody is there any more to free them. */
  #name(handles: readonly TensorHandle[], names: readonly string[], port: MessagePort | undefined): void {
    const { tensors, executor } = this.#parts;
    const wanted = port === this.#port;
    handles.forEach((handle, at) => (wanted ? tensors.add(names[at] ?? "", handle) : executor.free(handle)));
  }

  #notePeak(bytes: number): void {
    this.#peak = Math.max(this.#peak, bytes, this.#parts.executor.memory().liveBytes);
  }

  #reportsOf(run: number, cell: string): RunReports {
    if (this.#reports === undefined || this.#reportedRun !== run) {
      this.#reports = new RunReports(cell);
      this.#reportedRun = run;
    }
    return this.#reports;
  }

  /** The device is done with all that cells asked for. What went wrong there is told to whoever reads what came of it. */
  async #settled(): Promise<void> {
    await this.#parts.executor.settled().catch(() => undefined);
  }

  #flush(run: number): number {
    const { toApp, executor } = this.#parts;
    const reports = this.#reportedRun === run ? this.#reports : undefined;
    for (const report of reports?.all(this.#shelf) ?? []) toApp({ type: "kernel", run, report });
    const missed = this.#probes.end(run);
    if (missed !== undefined) toApp({ type: "probed", run, result: missed });
    toApp({ type: "memory", report: executor.memory() });
    toApp({ type: "flushed", run });
    this.#reports = undefined;
    return reports?.peakBytes ?? 0;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Fault("decode/json", "the graph is not JSON", { cause });
  }
}

/** Bytes of the tensors the program reads, each once. */
function inputBytes({ buffers }: Program): number {
  const inputs = new Map(
    buffers.flatMap(({ tensor, bytes }) => (tensor === undefined ? [] : [[tensor, bytes]])),
  );
  return Array.from(inputs.values()).reduce((sum, bytes) => sum + bytes, 0);
}

/** The bytes in a buffer that holds nothing else, so that it can be handed over. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}

function idOf(data: unknown): number | undefined {
  if (typeof data !== "object" || data === null || !("id" in data)) return undefined;
  return typeof data.id === "number" ? data.id : undefined;
}

function failureOf(error: unknown): { fault: FaultData; messages?: readonly LaunchMessages[] } {
  const fault = faultData(error);
  return error instanceof FailedRun && error.messages.length > 0
    ? { fault, messages: error.messages }
    : { fault };
}
