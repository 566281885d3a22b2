import {
  aBoolean,
  anArray,
  anInteger,
  anObject,
  aNumber,
  aString,
  type Decoder,
  Fault,
  oneOf,
  optional,
  tagged,
} from "@tilebook/base";
import type { FaultData } from "@tilebook/base";
import {
  decodeKernelDetail,
  decodeKernelReport,
  type KernelDetail,
  type KernelReport,
} from "@tilebook/notebook";
import type { DeviceReport, DeviceSpeed, MemoryReport, TablesMerged, TuneProgress } from "@tilebook/runtime";
import type { Probe, ProbeResult } from "../probe.ts";
import type { ProfileNote } from "../profile.ts";
import type { StepAnswer, StepRequest } from "../step.ts";
import type { InspectRequest, PeekRequest, TensorPeek } from "../sandbox.ts";
import type { TuningOrder, TuningView } from "../tuning.ts";
import { aFault, aName, anId, aRun, limits } from "./common.ts";
import { aDeviceSpeed } from "../speed.ts";
import { aProbeResult } from "./probe.ts";
import { aProfileNote } from "./profile.ts";
import { aStepAnswer } from "./step.ts";
import { aTablesMerged, aTuningProgress, aTuningText, aTuningView } from "./tuning.ts";

/** The words between the app page and the GPU worker. */

export type ToGpu =
  | {
      readonly type: "open";
      readonly budgetBytes: number;
      readonly interpreter: boolean;
      /** Compiles something before anyone asks: a tenth of a second, for who is not asked at once. */
      readonly warm: boolean;
    }
  | { readonly type: "peek"; readonly id: number; readonly request: PeekRequest }
  /** Stops what this run has queued, between dispatches. */
  | { readonly type: "abort"; readonly run: number }
  /**
   * The cell workers before this generation are gone: free all their tensors but these. It may come before or after
   * the line of the new worker, which travels by the frame.
   */
  | { readonly type: "retain"; readonly generation: number; readonly tensors: readonly string[] }
  | { readonly type: "measure"; readonly id: number }
  /** Answered by `inspected` or `uninspected`. */
  | { readonly type: "inspect"; readonly id: number; readonly request: InspectRequest }
  /** This run, which has not begun, does this too. Answered by `probing` now, by `probed` when it is done. */
  | { readonly type: "probe"; readonly id: number; readonly run: number; readonly probe: Probe }
  /** What the probe of this run does is not wanted any more. The run goes on. */
  | { readonly type: "endProbe"; readonly run: number }
  /** About the launch that a probe kept. Answered by `stepped` or `unstepped`. */
  | { readonly type: "step"; readonly id: number; readonly request: StepRequest }
  | { readonly type: "tuner"; readonly order: TuningOrder }
  /** Asks for all that was measured on such devices. Answered by `tuningsTold`. */
  | { readonly type: "tellTunings"; readonly id: number }
  /** Learns from a table of any device. Answered by `tuningsMerged` or `tuningsRefused`. */
  | { readonly type: "mergeTunings"; readonly id: number; readonly text: string; readonly from: string }
  /** Answers `tunings`: what was kept, if anything was. */
  | { readonly type: "keptTunings"; readonly text?: string }
  /** Answers `danger`: it is written down, and may be done or not. */
  | { readonly type: "noted"; readonly id: number; readonly allowed: boolean }
  | { readonly type: "ping"; readonly beat: number };

export type FromGpu =
  /** WGSL that never ran here is about to be compiled or run. Answered by `noted`, when it is on the disk. */
  | {
      readonly type: "danger";
      readonly id: number;
      readonly key: string;
      readonly stage: "compile" | "run";
    }
  /** It came back. */
  | { readonly type: "safe"; readonly key: string }
  /** Asks for what was measured on such devices. Answered by `keptTunings`; then `device` comes. */
  | { readonly type: "tunings"; readonly device: string }
  /** What was measured by now, to be kept. */
  | { readonly type: "keepTunings"; readonly device: string; readonly text: string }
  /** No text where there is no GPU. */
  | { readonly type: "tuningsTold"; readonly id: number; readonly text?: string }
  | { readonly type: "tuningsMerged"; readonly id: number; readonly merged?: TablesMerged }
  | { readonly type: "tuningsRefused"; readonly id: number; readonly fault: FaultData }
  /** What the tuner is at; nothing when it does nothing. */
  | { readonly type: "tuning"; readonly progress?: TuneProgress }
  | { readonly type: "tuned"; readonly view: TuningView }
  | { readonly type: "device"; readonly report: DeviceReport }
  | { readonly type: "deviceLost"; readonly message: string; readonly recovering: boolean }
  | { readonly type: "memory"; readonly report: MemoryReport }
  | { readonly type: "kernel"; readonly run: number; readonly report: KernelReport }
  /** All kernels of this run were reported. */
  | { readonly type: "flushed"; readonly run: number }
  | { readonly type: "peeked"; readonly id: number; readonly peek: TensorPeek }
  | { readonly type: "unpeeked"; readonly id: number; readonly fault: FaultData }
  /** No speed where there is no GPU. */
  | { readonly type: "measured"; readonly id: number; readonly speed?: DeviceSpeed }
  | { readonly type: "unmeasured"; readonly id: number; readonly fault: FaultData }
  | { readonly type: "inspected"; readonly id: number; readonly detail: KernelDetail }
  | { readonly type: "uninspected"; readonly id: number; readonly fault: FaultData }
  | { readonly type: "probing"; readonly id: number }
  | { readonly type: "probed"; readonly run: number; readonly result: ProbeResult }
  /** What a probe of kind `profile` has found or is doing. */
  | { readonly type: "profiling"; readonly run: number; readonly note: ProfileNote }
  | { readonly type: "stepped"; readonly id: number; readonly answer: StepAnswer }
  | { readonly type: "unstepped"; readonly id: number; readonly fault: FaultData }
  /** Request `id` has run so many of the programs. */
  | { readonly type: "stepping"; readonly id: number; readonly done: number; readonly total: number }
  | { readonly type: "pong"; readonly beat: number };

const MOST_FEATURES = 200;

/** A record of numbers with at most `most` keys, copied. */
function numbers(most: number): Decoder<Record<string, number>> {
  return (value, path) => {
    if (typeof value !== "object" || value === null)
      throw new Fault("decode/type", `${path} must be numbers`);
    const entries = Object.entries(value);
    if (entries.length > most) throw new Fault("decode/range", `${path} has more than ${most} entries`);
    const result: Record<string, number> = {};
    for (const [key, entry] of entries)
      if (key !== "__proto__") result[aString(128)(key, path)] = aNumber(entry, `${path}.${key}`);
    return result;
  };
}

const device = anObject({
  kind: oneOf("gpu", "interpreter"),
  name: aString(1_000),
  features: anArray(aString(128), MOST_FEATURES),
  limits: numbers(MOST_FEATURES),
  timestamps: aBoolean,
  reason: optional(aString(2_000)),
}) as Decoder<DeviceReport>;

const memory = anObject({
  liveBytes: aNumber,
  peakBytes: aNumber,
  pooledBytes: aNumber,
  tensors: aNumber,
  budgetBytes: aNumber,
});

const values: Decoder<Float64Array> = (value, path) => {
  if (!(value instanceof Float64Array) || value.length > limits.window)
    throw new Fault("decode/type", `${path} must be at most ${limits.window} numbers`);
  return value.slice();
};

const side = anInteger(0, limits.window);

const peekFields = anObject({
  minimum: aNumber,
  maximum: aNumber,
  mean: aNumber,
  deviation: aNumber,
  nans: aNumber,
  infinities: aNumber,
  values,
  rows: side,
  columns: side,
});

const peek: Decoder<TensorPeek> = (value, path) => {
  const decoded = peekFields(value, path);
  if (decoded.values.length !== decoded.rows * decoded.columns)
    throw new Fault("decode/range", `${path}.values must be rows * columns numbers`);
  return decoded;
};

export const fromGpu: Decoder<FromGpu> = tagged("type", {
  device: anObject({ report: device }),
  deviceLost: anObject({ message: aString(2_000), recovering: aBoolean }),
  memory: anObject({ report: memory }),
  kernel: anObject({ run: aRun, report: decodeKernelReport }),
  flushed: anObject({ run: aRun }),
  peeked: anObject({ id: anId, peek }),
  unpeeked: anObject({ id: anId, fault: aFault }),
  measured: anObject({
    id: anId,
    speed: optional(aDeviceSpeed),
  }),
  unmeasured: anObject({ id: anId, fault: aFault }),
  inspected: anObject({ id: anId, detail: decodeKernelDetail }),
  uninspected: anObject({ id: anId, fault: aFault }),
  probing: anObject({ id: anId }),
  probed: anObject({ run: aRun, result: aProbeResult }),
  profiling: anObject({ run: aRun, note: aProfileNote }),
  stepped: anObject({ id: anId, answer: aStepAnswer }),
  unstepped: anObject({ id: anId, fault: aFault }),
  stepping: anObject({ id: anId, done: anId, total: anId }),
  tunings: anObject({ device: aName }),
  keepTunings: anObject({ device: aName, text: aTuningText }),
  tuningsTold: anObject({ id: anId, text: optional(aTuningText) }),
  tuningsMerged: anObject({ id: anId, merged: optional(aTablesMerged) }),
  tuningsRefused: anObject({ id: anId, fault: aFault }),
  tuning: anObject({ progress: optional(aTuningProgress) }),
  tuned: anObject({ view: aTuningView }),
  danger: anObject({ id: anId, key: aName, stage: oneOf("compile", "run") }),
  safe: anObject({ key: aName }),
  pong: anObject({ beat: anId }),
});
