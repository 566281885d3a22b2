import type { Graph, TensorType } from "@tilebook/ir";
import type { DeviceReport, DeviceSpeed, TensorHandle } from "@tilebook/runtime";
import type { TuningShelf } from "./tuning.ts";

/**
 * A device that computes for others: a GPU worker of its own in a frame of its own, without a cell worker. What is lost with the device, its worker or its
 * frame ends in faults, and what is asked for after that is done by the next one.
 */
export interface PeerDevice {
  /** What it computes on now: the interpreter, and the reason, where there is no GPU. */
  readonly report: DeviceReport;
  /** Copies `bytes` in. */
  upload(bytes: Uint8Array, type: TensorType): TensorHandle;
  /**
   * Computes a graph whose inputs are named by handles: it is decoded, checked and compiled in the worker. One handle for each output, which the caller owns.
   * Faults: those of graphs, compiler and executor, `run/stopped` by the signal, `executor/lost-device`.
   */
  run(graph: Graph, signal?: AbortSignal): Promise<readonly TensorHandle[]>;
  read(tensor: TensorHandle): Promise<Uint8Array>;
  /** Nothing happens where it is gone already. */
  free(tensor: TensorHandle): void;
  /** Bytes of its tensors, now and at most, when all that was asked for before is done. */
  memory(): Promise<{ readonly liveBytes: number; readonly peakBytes: number }>;
  /** When it has done all that it was asked for so far; `run` resolves before. */
  settled(): Promise<void>;
  /** What the device does at best. Takes some seconds on a software GPU; nothing where there is no GPU. */
  measure(): Promise<DeviceSpeed | undefined>;
  listen(listener: (event: PeerDeviceEvent) => void): () => void;
  /** Ends the worker and takes the frame away. Later calls fail with `executor/closed`. */
  close(): void;
}

export type PeerDeviceEvent =
  | { readonly type: "device"; readonly report: DeviceReport }
  /**
   * The device is gone. `recovering`: the next one is on its way. Tensors that the worker cannot make again there end in faults; with the worker itself all do.
   */
  | { readonly type: "lost"; readonly message: string; readonly recovering: boolean };

export interface PeerDeviceOptions {
  /** Where the frame page is served: a URL of this origin. */
  readonly frameUrl: string;
  /** Most bytes of GPU buffers. */
  readonly budgetBytes: number;
  /** Uses the interpreter even where there is a GPU. */
  readonly interpreter?: boolean;
  /** Keeps what was measured over reloads. */
  readonly tunings?: TuningShelf;
}
