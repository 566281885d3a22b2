import { Emitter, Fault } from "@tilebook/base";
import { encodeGraph, type Graph, type TensorType } from "@tilebook/ir";
import {
  type DeviceReport,
  type DeviceSpeed,
  tensorBytes,
  type TensorHandle,
  wrongSize,
} from "@tilebook/runtime";
import type { PeerDevice, PeerDeviceEvent, PeerDeviceOptions } from "../peer-device.ts";
import type { FromGpu } from "../protocol/gpu.ts";
import { Answers } from "./answers.ts";
import { Rooms } from "./rooms.ts";
import { MOST_BROKEN_FRAMES, type SessionParts, START_MS } from "./session.ts";
import { TensorLine, type TensorAnswer } from "./tensor-line.ts";

/** While something is waited for, the worker is asked so often whether it is there. */
export const WATCH_MS = 5_000;
/** Questions without an answer before the worker is ended: a minute, since the interpreter answers nothing while it computes. */
export const MOST_SILENT_WATCHES = 12;

/** The app's side of a device for others, over one frame at a time: the GPU worker's desk, with the page in the place of the cell worker. */
export class PeerSession implements PeerDevice {
  readonly ready: Promise<void>;
  readonly #options: PeerDeviceOptions;
  readonly #parts: SessionParts;
  readonly #events: Emitter<{ event: PeerDeviceEvent }> = new Emitter();
  readonly #speeds: Answers<DeviceSpeed | undefined> = new Answers();
  #resolve: () => void = () => undefined;
  #reject: (fault: Fault) => void = () => undefined;
  #rooms: Rooms | undefined;
  #line: TensorLine | undefined;
  #report: DeviceReport | undefined;
  /** Counts workers: names of tensors begin with it, so those of a worker that is gone mean nothing to the next. */
  #worker = 0;
  #names = 0;
  #runs = 0;
  #broken = 0;
  #silent = 0;
  #watching = false;
  #dead: Fault | undefined;

  constructor(options: PeerDeviceOptions, parts: SessionParts) {
    this.#options = options;
    this.#parts = parts;
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ready.catch(() => undefined);
    this.#open();
  }

  get report(): DeviceReport {
    if (this.#report === undefined) throw this.#dead ?? lost();
    return this.#report;
  }

  upload(bytes: Uint8Array, type: TensorType): TensorHandle {
    if (bytes.length !== tensorBytes(type)) throw wrongSize(type, bytes.length);
    const tensor = this.#name();
    // Of a view the whole buffer behind it would be copied.
    const own = bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();
    this.#living().tell({ type: "upload", tensor, of: type, bytes: own });
    return tensor;
  }

  async run(graph: Graph, signal?: AbortSignal): Promise<readonly TensorHandle[]> {
    const line = this.#living();
    if (isAborted(signal)) throw stopped();
    this.#runs += 1;
    const run = this.#runs;
    const outputs = graph.outputs.map(() => this.#name());
    const stop = (): void => this.#rooms?.toGpu({ type: "abort", run });
    signal?.addEventListener("abort", stop);
    try {
      const text = JSON.stringify(encodeGraph(graph));
      await this.#ask(line, { type: "run", run, cell: "peer", graph: text, outputs });
      if (isAborted(signal)) throw stopped();
      this.#broken = 0;
      return outputs;
    } catch (error) {
      for (const tensor of outputs) line.tell({ type: "free", tensor });
      throw isAborted(signal) ? stopped() : error;
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  async read(tensor: TensorHandle): Promise<Uint8Array> {
    const { bytes } = ofType(await this.#ask(this.#living(), { type: "read", tensor }), "bytes");
    return bytes;
  }

  free(tensor: TensorHandle): void {
    this.#line?.tell({ type: "free", tensor });
  }

  async memory(): Promise<{ readonly liveBytes: number; readonly peakBytes: number }> {
    const { liveBytes, peakBytes } = ofType(await this.#ask(this.#living(), { type: "memory" }), "memory");
    return { liveBytes, peakBytes };
  }

  async settled(): Promise<void> {
    // The worker counts memory when it is done with all that came before.
    await this.memory();
  }

  async measure(): Promise<DeviceSpeed | undefined> {
    this.#living();
    return this.#speeds.ask((id) => this.#rooms?.toGpu({ type: "measure", id }));
  }

  listen(listener: (event: PeerDeviceEvent) => void): () => void {
    return this.#events.on("event", listener);
  }

  close(): void {
    this.#stop(new Fault("executor/closed", "the device was closed"));
  }

  readonly #emit = (event: PeerDeviceEvent): void => this.#events.emit("event", event);

  #living(): TensorLine {
    if (this.#line === undefined) throw this.#dead ?? lost();
    return this.#line;
  }

  #name(): string {
    this.#names += 1;
    return `${this.#worker}.${this.#names}`;
  }

  #ask(line: TensorLine, question: Parameters<TensorLine["ask"]>[0]): Promise<TensorAnswer> {
    const answer = line.ask(question);
    this.#watch();
    return answer;
  }

  /** Whoever waits must hear something in the end: a worker that says nothing for too long is replaced. */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#parts.clock.after(WATCH_MS, () => {
      this.#watching = false;
      if (this.#line?.waits !== true) return;
      this.#silent += 1;
      if (this.#silent > MOST_SILENT_WATCHES) this.#rooms?.end("gpu");
      else this.#rooms?.toGpu({ type: "ping", beat: this.#silent });
      this.#watch();
    });
  }

  #open(): void {
    const rooms = new Rooms({
      ...this.#parts,
      listener: {
        open: () => this.#startWorker(rooms),
        cell: () => rooms.badMessage(),
        gpu: (message) => this.#hear(message),
        ended: () => this.#ended(rooms),
        dead: (fault) => this.#rebuild(fault),
      },
    });
    this.#rooms = rooms;
    this.#mustStart(rooms);
  }

  #mustStart(rooms: Rooms): void {
    const worker = this.#worker;
    this.#parts.clock.after(START_MS, () => {
      if (this.#rooms === rooms && this.#worker === worker && this.#report === undefined)
        this.#rebuild(new Fault("sandbox/start", "the sandbox did not start in time"));
    });
  }

  #startWorker(rooms: Rooms): void {
    const { budgetBytes, interpreter = false } = this.#options;
    this.#worker += 1;
    this.#silent = 0;
    rooms.start("gpu");
    // The first task of a room is on its way.
    rooms.toGpu({ type: "open", budgetBytes, interpreter, warm: false });
    this.#line = new TensorLine(rooms.join(), () => rooms.badMessage());
    this.#mustStart(rooms);
  }

  /** All else that the worker may say is about cells, and answers what was not asked here. */
  #hear(message: FromGpu): void {
    const { type } = message;
    if (type === "device") this.#began(message.report);
    else if (type === "deviceLost") this.#emit({ ...message, type: "lost" });
    else if (type === "tunings") void this.#giveTunings(message.device);
    else if (type === "keepTunings") this.#options.tunings?.keep(message.device, message.text);
    else if (type === "measured") this.#speeds.answer(message.id, message.speed);
    else if (type === "unmeasured") this.#speeds.refuse(message.id, message.fault);
    else if (type === "pong") this.#silent = 0;
  }

  #began(report: DeviceReport): void {
    this.#report = report;
    this.#resolve();
    this.#emit({ type: "device", report });
  }

  /** Storage that fails has kept nothing. */
  async #giveTunings(device: string): Promise<void> {
    const rooms = this.#rooms;
    const text = await this.#options.tunings?.kept(device).catch(() => undefined);
    rooms?.toGpu({ type: "keptTunings", ...(text === undefined ? {} : { text }) });
  }

  #ended(rooms: Rooms): void {
    this.#lose(new Fault("executor/lost-device", "the GPU worker did not answer any more"));
    this.#startWorker(rooms);
  }

  #rebuild(fault: Fault): void {
    this.#rooms?.close();
    this.#rooms = undefined;
    this.#broken += 1;
    if (this.#broken >= MOST_BROKEN_FRAMES) {
      this.#stop(fault);
      return this.#emit({ type: "lost", message: fault.message, recovering: false });
    }
    this.#lose(new Fault("executor/lost-device", fault.message, { cause: fault }));
    this.#open();
  }

  /** Who waits hears of it first, then who listens, unless the loss was told before. */
  #lose(fault: Fault): void {
    const line = this.#line;
    this.#drop(fault);
    if (line !== undefined) this.#emit({ type: "lost", message: fault.message, recovering: true });
  }

  #drop(fault: Fault): void {
    const line = this.#line;
    this.#line = undefined;
    this.#report = undefined;
    line?.close(fault);
    this.#speeds.failAll(fault);
  }

  #stop(fault: Fault): void {
    this.#dead ??= fault;
    this.#rooms?.close();
    this.#rooms = undefined;
    this.#drop(fault);
    this.#reject(fault);
  }
}

function ofType<T extends TensorAnswer["type"]>(
  answer: TensorAnswer,
  type: T,
): Extract<TensorAnswer, { readonly type: T }> {
  if (answer.type === type) return answer as Extract<TensorAnswer, { readonly type: T }>;
  throw new Fault("internal/answer", `the GPU worker answered ${answer.type} where ${type} was asked for`);
}

function lost(): Fault {
  return new Fault("executor/lost-device", "the device was lost, and the next one is not there yet");
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function stopped(): Fault {
  return new Fault("run/stopped", "the run was stopped");
}
