import type { FaultData } from "@tilebook/base";
import type { CellAnalysis } from "@tilebook/lang";
import type { Cost, InputValue, KernelDetail, KernelReport, Output } from "@tilebook/notebook";
import type { DeviceReport, DeviceSpeed, MemoryReport, TablesMerged, TuneProgress } from "@tilebook/runtime";
import type { Probe, ProbeResult } from "./probe.ts";
import type { LinkWish, MeshLog, MeshReport, MeshWish, NaNOrigin } from "@tilebook/tensor";
import type { MeshRun } from "./protocol/mesh.ts";
import type { ProfileNote } from "./profile.ts";
import type { StepAnswer, StepRequest } from "./step.ts";
import type { TuningOrder, TuningShelf, TuningView } from "./tuning.ts";

/** The app's side of the sandbox: what it may ask and what it hears. Everything heard was decoded and bounded. */
export interface Sandbox {
  /** Resolves when cells can run: with the GPU, or with the interpreter and the reason. */
  readonly ready: Promise<DeviceReport>;
  run(request: RunRequest): void;
  /** Walks down the rungs until the run has stopped: abort, end the cell worker, end the GPU worker, rebuild the frame. */
  interrupt(run: number): void;
  /** Newer values are on their way: a run that listens ends as one that was stopped, any other goes on. */
  supersede(run: number): void;
  /** Drops the values a cell defined. */
  forget(cell: string): void;
  /** Ends what the probe of this run is doing. The run itself goes on. */
  endProbe(run: number): void;
  /** Statistics and a slice of a tensor, for its view. Fails with `executor/unknown-tensor` when it is gone. */
  peek(request: PeekRequest): Promise<TensorPeek>;
  /**
   * Where the first NaN of a tensor began: computed again in the cell worker, node by node. Fails with `nan/large`, `run/stopped` (by the
   * signal), `tensor/gone`, `tensor/lost`, and `tensor/history`.
   */
  nanOrigin(tensor: string, seek?: NaNSeek): Promise<NaNOrigin>;
  /** The texts of a kernel that a run of this cell reported. Fails with `executor/unknown-kernel` when they are gone. */
  inspect(request: InspectRequest): Promise<KernelDetail>;
  /**
   * Steps through the launch that a probe of kind `step` kept. `progress` hears how many programs are done where all are
   * run. Fails with `step/gone` when another one is kept now, and with `step/value`.
   */
  step(request: StepRequest, progress?: (done: number, total: number) => void): Promise<StepAnswer>;
  /** Tells the tuner what to do. Pins, records, `auto` and `show` hold for whatever device comes after this one, too. */
  tune(order: TuningOrder): void;
  /** All that was measured on this class of devices, as text; nothing where there is no GPU. */
  tunings(): Promise<string | undefined>;
  /**
   * Learns from what `tunings` gave anywhere, read from a file of this name. Fails with `decode/...` and `tune/untrue`; then
   * nothing has changed.
   */
  mergeTunings(text: string, from: string): Promise<TablesMerged | undefined>;
  /** What the device does at best. Takes some seconds on a software GPU; nothing where there is no GPU. */
  measure(): Promise<DeviceSpeed | undefined>;
  listen(listener: (event: SandboxEvent) => void): () => void;
  close(): void;
}

export type { NaNOrigin };

export interface RunRequest {
  readonly run: number;
  readonly cell: string;
  readonly kind: "ts" | "wgsl";
  readonly text: string;
  readonly analysis: CellAnalysis;
  readonly inputs: Readonly<Record<string, InputValue>>;
  /** Of the names it defines, those that other cells use. */
  readonly readElsewhere: readonly string[];
  readonly probe?: Probe;
}

export interface InspectRequest {
  readonly cell: string;
  /** The key of the kernel. */
  readonly kernel: string;
}

export interface PeekRequest {
  readonly tensor: string;
  /** Index along each leading axis; the last two axes are shown. */
  readonly leading: readonly number[];
  /** The window of rows and columns wanted. */
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
}

export interface NaNSeek {
  /** Hears how many operations are done of how many. */
  readonly progress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface TensorPeek {
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  readonly deviation: number;
  readonly nans: number;
  readonly infinities: number;
  /** The window, row-major. */
  readonly values: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** How far an interrupt had to go. */
export type Rung = "abort" | "cell-worker" | "gpu-worker" | "frame";

export type SandboxEvent =
  | { readonly type: "started"; readonly run: number }
  | { readonly type: "output"; readonly run: number; readonly index: number; readonly output: Output }
  | { readonly type: "kernel"; readonly run: number; readonly report: KernelReport }
  /** What the run's probe found. */
  | { readonly type: "probed"; readonly run: number; readonly result: ProbeResult }
  /** What a probe of kind `profile` has found so far. */
  | { readonly type: "profiling"; readonly run: number; readonly note: ProfileNote }
  | { readonly type: "finished"; readonly run: number; readonly cost: Cost }
  | { readonly type: "failed"; readonly run: number; readonly fault: FaultData }
  | { readonly type: "yielded"; readonly run: number }
  | { readonly type: "interrupted"; readonly run: number; readonly rung: Rung }
  /** The values of these cells are gone. */
  | { readonly type: "lost"; readonly cells: readonly string[]; readonly why: string }
  /** These names of a cell have no values any more; its others have. */
  | { readonly type: "lostNames"; readonly cell: string; readonly names: readonly string[] }
  | { readonly type: "device"; readonly report: DeviceReport }
  /** What the tuner is at; nothing when it does nothing. */
  | { readonly type: "tuning"; readonly progress?: TuneProgress }
  /** What it knows, while that is to be shown. */
  | { readonly type: "tuned"; readonly view: TuningView }
  /** The browser took the GPU away. `recovering`: a new one is on its way, and what was on it is made again when needed. */
  | { readonly type: "deviceLost"; readonly message: string; readonly recovering: boolean }
  | { readonly type: "memory"; readonly report: MemoryReport };

export interface SandboxOptions {
  /** Where the frame page is served: a URL of this origin. */
  readonly frameUrl: string;
  /** The files that cells may have. */
  readonly files: FileSource;
  /** Most bytes of GPU buffers. */
  readonly budgetBytes: number;
  /** Uses the interpreter even where there is a GPU. */
  readonly interpreter?: boolean;
  /** Remembers, over reloads, the WGSL of users that did not come back. Without one nothing is remembered. */
  readonly ledger?: CrashLedger;
  /** Keeps what was measured over reloads. Without one it is measured again. */
  readonly tunings?: TuningShelf;
  /** The way to other devices. Without one, cells have none. */
  readonly mesh?: MeshService;
}

/** Other devices, as the app has them. What is asked comes from cells: decoded, and not trusted. */
export interface MeshService {
  open(wanted: MeshWish | undefined, signal: AbortSignal): Promise<MeshReport>;
  /** Resolves when all outputs are there. Faults `mesh/...`; then none is. */
  run(run: MeshRun, signal: AbortSignal): Promise<void>;
  /** All of a tensor's bytes, row-major. */
  read(tensor: string): Promise<Uint8Array>;
  /** As `Sandbox.peek`, of a tensor that lies on a mesh. */
  peek(request: PeekRequest): Promise<TensorPeek>;
  link(mesh: string, wish: LinkWish): Promise<void>;
  /** As `MeshHost.log`. */
  log(mesh: string, watch: boolean): Promise<MeshLog>;
  free(tensors: readonly string[]): void;
  /** Frees all but these. */
  retain(tensors: readonly string[]): void;
}

/** Serves the files that cells may have, by name. */
export interface FileSource {
  /** One of a fixed list (`asset("digits.csv.gz")`), all of it, or one that the person chose. */
  open(name: string, reading: Reading): Promise<Uint8Array | ChosenFile>;
  /** The bytes from `from` up to `to` of one that the person chose. */
  part(name: string, range: readonly [from: number, to: number], reading: Reading): Promise<Uint8Array>;
}

/** Somebody waits for bytes, until the signal says otherwise. */
export interface Reading {
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number) => void;
}

/** A file that the person chose. */
export interface ChosenFile {
  readonly size: number;
  /** Its bytes, wherever the browser has them. Absent: its parts are asked for one by one. */
  readonly blob?: Blob;
}

/** What was being tried for the first time when the GPU or the page was lost. Kept by the app, with strict durability. */
export interface CrashLedger {
  /** Resolves when it is on the disk: true, or false when it is there from before and may not be tried again. */
  begin(key: string, stage: "compile" | "run"): Promise<boolean>;
  end(key: string): void;
}
