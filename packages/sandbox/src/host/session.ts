import { type Clock, Emitter, Fault, faultData } from "@tilebook/base";
import type { KernelDetail } from "@tilebook/notebook";
import type { DeviceReport, DeviceSpeed, TablesMerged } from "@tilebook/runtime";
import type { FromCell } from "../protocol/cell.ts";
import type { WorkerName } from "../protocol/frame.ts";
import type { FromGpu } from "../protocol/gpu.ts";
import type {
  InspectRequest,
  NaNOrigin,
  NaNSeek,
  PeekRequest,
  RunRequest,
  Sandbox,
  SandboxEvent,
  SandboxOptions,
  TensorPeek,
} from "../sandbox.ts";
import type { Probe } from "../probe.ts";
import type { StepAnswer, StepRequest } from "../step.ts";
import type { TuningOrder } from "../tuning.ts";
import { meshOf } from "@tilebook/ir";
import type { OpenFrame } from "./frame.ts";
import { Answers } from "./answers.ts";
import { FileDesk } from "./file-desk.ts";
import { MeshDesk } from "./mesh-desk.ts";
import { Rooms, type WorkerTexts } from "./rooms.ts";
import { Runs } from "./runs.ts";
import { Values } from "./values.ts";

/** How long the GPU worker may stay busy after an interrupt before it is ended. */
export const GPU_MS = 2_000;
/** How long a frame may take to become ready. */
export const START_MS = 30_000;
/** Frames that may break one after another, without one good run between them, before we stop making new ones. */
export const MOST_BROKEN_FRAMES = 4;

export interface SessionParts {
  readonly openFrame: OpenFrame;
  readonly texts: Promise<WorkerTexts>;
  readonly clock: Clock;
}

/** The app's side of the sandbox, over one frame at a time. See docs/worker-protocol.md. */
export class Session implements Sandbox {
  readonly ready: Promise<DeviceReport>;
  readonly #options: SandboxOptions;
  readonly #parts: SessionParts;
  readonly #events: Emitter<{ event: SandboxEvent }> = new Emitter();
  readonly #values: Values = new Values();
  readonly #peeks: Answers<TensorPeek> = new Answers();
  readonly #speeds: Answers<DeviceSpeed | undefined> = new Answers();
  readonly #tables: Answers<string | undefined> = new Answers();
  readonly #merges: Answers<TablesMerged | undefined> = new Answers();
  readonly #details: Answers<KernelDetail> = new Answers();
  readonly #probings: Answers<void> = new Answers();
  readonly #steps: Answers<StepAnswer> = new Answers();
  readonly #nans: Answers<NaNOrigin> = new Answers();
  readonly #seeking = new Map<number, (done: number, total: number) => void>();
  readonly #stepping = new Map<number, (done: number, total: number) => void>();
  /** Runs that begin when the GPU worker knows what else to do in them. */
  readonly #probing = new Set<number>();
  /** What the tuner of each GPU worker is told first. */
  readonly #standing = new Map<TuningOrder["kind"], TuningOrder>();
  readonly #files: FileDesk;
  readonly #mesh: MeshDesk;
  readonly #runs: Runs;
  #resolve: (report: DeviceReport) => void = () => undefined;
  #reject: (fault: Fault) => void = () => undefined;
  #rooms: Rooms | undefined;
  #device: DeviceReport | undefined;
  #cellReady = false;
  /** The last ping the GPU worker was sent, and the last it answered or took with it to its end. */
  #gpuAsked = 0;
  #gpuBeat = 0;
  #broken = 0;
  #dead: Fault | undefined;

  constructor(options: SandboxOptions, parts: SessionParts) {
    this.#options = options;
    this.#parts = parts;
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ready.catch(() => undefined);
    this.#files = new FileDesk(options.files, (...said) => this.#rooms?.toCell(...said));
    this.#mesh = new MeshDesk(options.mesh, (message) => this.#rooms?.toCell(message));
    this.#runs = new Runs({
      clock: parts.clock,
      emit: this.#emit,
      toCell: (message) => this.#rooms?.toCell(message),
      abort: (run) => {
        this.#rooms?.toCell({ type: "abort", run });
        this.#rooms?.toGpu({ type: "abort", run });
      },
      endCell: () => this.#rooms?.end("cell"),
      frameIsStuck: (fault) => this.#rebuild(fault),
      aborted: () => this.#checkGpu(),
    });
    this.#open();
  }

  run(request: RunRequest): void {
    if (this.#dead !== undefined)
      return this.#emit({ type: "failed", run: request.run, fault: faultData(this.#dead) });
    if (request.probe === undefined) this.#runs.add(request);
    else void this.#runProbed(request, request.probe);
  }

  interrupt(run: number): void {
    if (this.#probing.delete(run)) this.#emit({ type: "interrupted", run, rung: "abort" });
    else this.#runs.interrupt(run);
  }

  supersede(run: number): void {
    this.#runs.supersede(run);
  }

  forget(cell: string): void {
    this.#values.delete(cell);
    this.#rooms?.toCell({ type: "forget", cell });
  }

  endProbe(run: number): void {
    this.#rooms?.toGpu({ type: "endProbe", run });
  }

  peek(request: PeekRequest): Promise<TensorPeek> {
    const { mesh } = this.#options;
    if (mesh !== undefined && meshOf(request.tensor) !== undefined) return mesh.peek(request);
    return this.#peeks.ask((id) => this.#rooms?.toGpu({ type: "peek", id, request }));
  }

  nanOrigin(tensor: string, { progress, signal }: NaNSeek = {}): Promise<NaNOrigin> {
    let asked = 0;
    const answer = this.#nans.ask((id) => {
      asked = id;
      if (progress !== undefined) this.#seeking.set(id, progress);
      this.#rooms?.toCell({ type: "seekNaN", id, tensor });
    });
    signal?.addEventListener("abort", () => this.#rooms?.toCell({ type: "endSeek", id: asked }));
    return answer.finally(() => this.#seeking.delete(asked));
  }

  inspect(request: InspectRequest): Promise<KernelDetail> {
    return this.#details.ask((id) => this.#rooms?.toGpu({ type: "inspect", id, request }));
  }

  step(request: StepRequest, progress?: (done: number, total: number) => void): Promise<StepAnswer> {
    let asked = 0;
    const answer = this.#steps.ask((id) => {
      asked = id;
      if (progress !== undefined) this.#stepping.set(id, progress);
      this.#rooms?.toGpu({ type: "step", id, request });
    });
    return answer.finally(() => this.#stepping.delete(asked));
  }

  tune(order: TuningOrder): void {
    if (order.kind !== "tune" && order.kind !== "stop" && order.kind !== "forget")
      this.#standing.set(order.kind, order);
    this.#rooms?.toGpu({ type: "tuner", order });
  }

  tunings(): Promise<string | undefined> {
    return this.#tables.ask((id) => this.#rooms?.toGpu({ type: "tellTunings", id }));
  }

  mergeTunings(text: string, from: string): Promise<TablesMerged | undefined> {
    return this.#merges.ask((id) => this.#rooms?.toGpu({ type: "mergeTunings", id, text, from }));
  }

  measure(): Promise<DeviceSpeed | undefined> {
    return this.#speeds.ask((id) => this.#rooms?.toGpu({ type: "measure", id }));
  }

  listen(listener: (event: SandboxEvent) => void): () => void {
    return this.#events.on("event", listener);
  }

  close(): void {
    this.#stop(new Fault("sandbox/closed", "the notebook was closed"));
  }

  readonly #emit = (event: SandboxEvent): void => this.#events.emit("event", event);

  /** The GPU worker hears of the probe before the cell worker can ask it for anything in this run. */
  async #runProbed(request: RunRequest, probe: Probe): Promise<void> {
    const { run } = request;
    this.#probing.add(run);
    try {
      await this.#probings.ask((id) => this.#rooms?.toGpu({ type: "probe", id, run, probe }));
    } catch (error) {
      const result = { kind: "refused", kernel: probe.kernel ?? "", fault: faultData(error) } as const;
      this.#emit({ type: "probed", run, result });
    }
    const { probe: _, ...plain } = request;
    if (this.#probing.delete(run)) this.run(plain);
  }

  #open(): void {
    this.#cellReady = false;
    this.#device = undefined;
    const rooms = new Rooms({
      ...this.#parts,
      listener: {
        open: () => this.#startWorkers(),
        cell: (message) => this.#fromCell(message),
        gpu: (message) => this.#fromGpu(message),
        ended: (worker) => this.#ended(worker),
        dead: (fault) => this.#rebuild(fault),
      },
    });
    this.#rooms = rooms;
    this.#parts.clock.after(START_MS, () => {
      if (this.#rooms === rooms && !(this.#cellReady && this.#device !== undefined))
        this.#rebuild(new Fault("sandbox/start", "the sandbox did not start in time"));
    });
  }

  #startWorkers(): void {
    this.#rooms?.start("gpu");
    const { budgetBytes, interpreter = false } = this.#options;
    this.#rooms?.toGpu({ type: "open", budgetBytes, interpreter, warm: true });
    for (const order of this.#standing.values()) this.#rooms?.toGpu({ type: "tuner", order });
    this.#rooms?.start("cell");
  }

  #fromCell(message: FromCell): void {
    switch (message.type) {
      case "ready":
        this.#cellReady = true;
        return this.#nowReady();
      case "nanFound":
        return this.#nans.answer(message.id, message.origin);
      case "nanLost":
        return this.#nans.refuse(message.id, message.fault);
      case "seekingNaN":
        return this.#seeking.get(message.id)?.(message.done, message.total);
      case "asset":
      case "part":
        return this.#files.serve(message);
      case "endAsset":
        return this.#files.end(message.id);
      case "mesh":
        return void this.#mesh.serve(message);
      case "endMesh":
        return this.#mesh.end(message.id);
      case "freeMesh":
        return this.#mesh.free(message.tensors);
      case "started":
      case "output":
      case "finished":
      case "failed":
      case "stopped":
      case "yielded":
        this.#noteValues(message);
        return this.#runs.hear(message);
    }
  }

  #noteValues(message: FromCell): void {
    if (message.type !== "finished" && message.type !== "failed") return;
    const cell = this.#runs.cellOf(message.run);
    if (cell === undefined) return;
    if (message.type === "failed") return this.#values.delete(cell);
    this.#values.set(cell, message);
    this.#broken = 0;
  }

  #fromGpu(message: FromGpu): void {
    switch (message.type) {
      case "device":
        this.#device = message.report;
        this.#emit(message);
        return this.#nowReady();
      case "memory":
      case "kernel":
      case "deviceLost":
      case "probed":
      case "profiling":
      case "tuning":
      case "tuned":
        return this.#emit(message);
      case "tunings":
        return void this.#giveTunings(message.device);
      case "keepTunings":
        return this.#options.tunings?.keep(message.device, message.text);
      case "flushed":
        return this.#runs.flushed(message.run);
      case "peeked":
        return this.#peeks.answer(message.id, message.peek);
      case "unpeeked":
        return this.#peeks.refuse(message.id, message.fault);
      case "measured":
        return this.#speeds.answer(message.id, message.speed);
      case "unmeasured":
        return this.#speeds.refuse(message.id, message.fault);
      case "tuningsTold":
        return this.#tables.answer(message.id, message.text);
      case "tuningsMerged":
        return this.#merges.answer(message.id, message.merged);
      case "tuningsRefused":
        return this.#merges.refuse(message.id, message.fault);
      case "inspected":
        return this.#details.answer(message.id, message.detail);
      case "uninspected":
        return this.#details.refuse(message.id, message.fault);
      case "probing":
        return this.#probings.answer(message.id);
      case "stepped":
        return this.#steps.answer(message.id, message.answer);
      case "unstepped":
        return this.#steps.refuse(message.id, message.fault);
      case "stepping":
        return this.#stepping.get(message.id)?.(message.done, message.total);
      case "danger":
        return void this.#note(message);
      case "safe":
        return this.#options.ledger?.end(message.key);
      case "pong":
        this.#gpuBeat = Math.max(this.#gpuBeat, message.beat);
    }
  }

  /** A ledger that cannot be written forbids nothing: the page works without storage too. */
  async #note({ id, key, stage }: Extract<FromGpu, { readonly type: "danger" }>): Promise<void> {
    const rooms = this.#rooms;
    const allowed = await (this.#options.ledger?.begin(key, stage) ?? Promise.resolve(true)).catch(
      () => true,
    );
    rooms?.toGpu({ type: "noted", id, allowed });
  }

  /** Storage that fails has kept nothing. */
  async #giveTunings(device: string): Promise<void> {
    const rooms = this.#rooms;
    const text = await this.#options.tunings?.kept(device).catch(() => undefined);
    rooms?.toGpu({ type: "keptTunings", ...(text === undefined ? {} : { text }) });
  }

  #nowReady(): void {
    if (!this.#cellReady || this.#device === undefined) return;
    this.#resolve(this.#device);
    this.#runs.open();
  }

  /** What was lost is told before the run's end: whoever starts the next run must know what it cannot read. */
  #ended(worker: WorkerName): void {
    this.#cellReady = false;
    this.#runs.close();
    if (worker === "cell") {
      this.#files.endAll();
      this.#mesh.endAll();
      this.#nans.refuseAll("cell");
      this.#lose(this.#values.loseCellWorker(), "the cell worker was ended");
      for (const lost of this.#values.takeSteps()) this.#emit({ type: "lostNames", ...lost });
      this.#runs.stopped("cell-worker");
      const generation = this.#rooms?.start("cell") ?? 0;
      this.#rooms?.toGpu({ type: "retain", generation, tensors: this.#values.tensors() });
      this.#mesh.retain(this.#values.tensors());
      return this.#checkGpu();
    }
    this.#device = undefined;
    this.#refuseAnswers();
    this.#gpuBeat = this.#gpuAsked;
    this.#lose(this.#values.loseGpuWorker(), "the GPU worker was ended");
    this.#runs.stopped("gpu-worker");
    this.#startWorkers();
  }

  /** After an interrupt: if the GPU worker is stuck in something, end it. */
  #checkGpu(): void {
    const rooms = this.#rooms;
    this.#gpuAsked += 1;
    const beat = this.#gpuAsked;
    rooms?.toGpu({ type: "ping", beat });
    this.#parts.clock.after(GPU_MS, () => {
      if (this.#rooms === rooms && this.#gpuBeat < beat) rooms?.end("gpu");
    });
  }

  #rebuild(fault: Fault): void {
    this.#rooms?.close();
    this.#rooms = undefined;
    this.#endDesks();
    this.#broken += 1;
    this.#refuseAnswers();
    this.#lose(this.#values.loseAll(), fault.message);
    this.#runs.frameDied(fault);
    if (this.#broken >= MOST_BROKEN_FRAMES) this.#stop(fault);
    else this.#open();
  }

  #stop(fault: Fault): void {
    this.#dead = fault;
    this.#rooms?.close();
    this.#rooms = undefined;
    this.#endDesks();
    this.#refuseAnswers();
    this.#reject(fault);
    this.#runs.failAll(fault);
  }

  /** Nobody is there who could ask, and nothing is left of what they had. */
  #endDesks(): void {
    this.#files.endAll();
    this.#mesh.endAll();
    this.#mesh.retain([]);
  }

  #refuseAnswers(): void {
    this.#nans.refuseAll();
    this.#peeks.refuseAll();
    this.#speeds.refuseAll();
    this.#tables.refuseAll();
    this.#merges.refuseAll();
    this.#details.refuseAll();
    this.#probings.refuseAll();
    this.#steps.refuseAll();
  }

  #lose(cells: readonly string[], why: string): void {
    if (cells.length > 0) this.#emit({ type: "lost", cells, why });
  }
}
