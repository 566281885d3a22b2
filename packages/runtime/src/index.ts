export type * from "./executor.ts";
export type { GpuExecutor } from "./gpu/gpu-executor.ts";
export type { DeviceLoss } from "./gpu/lifeline.ts";
export { type GpuOptions, openGpu } from "./open-gpu.ts";
export { type InterpreterOptions, openInterpreter } from "./interpreter/open-interpreter.ts";
export { type DeviceSpeed, measureDevice } from "./measure.ts";
export { isolate, type LaunchBuffer } from "./timing/isolate.ts";
export { readsItsOutput, timedBuffer } from "./timing/timed-buffer.ts";
export type { RawBuffer, RawRun } from "./raw/raw.ts";
export type { RawValue } from "./raw/write-value.ts";
export {
  type Admitted,
  type AdmissionLimits,
  admit,
  admitAll,
  defaultLimits,
  type OverrideValues,
  type RawBinding,
  type RawLayout,
  type RawOverride,
} from "./admission/index.ts";
export {
  checkRange,
  closed,
  FailedRun,
  interrupted,
  tensorBytes,
  unknownTensor,
  wrongSize,
} from "./faults.ts";
export { MemoryLedger } from "./ledger.ts";
export { type Tunable, type TuneOptions, type TuneProgress, Tuner, type TunerOptions } from "./tune/tuner.ts";
export { aRecord, recordOf, type TuningRecord } from "./tune/record.ts";
export { aTuning, type TablesMerged } from "./tune/table.ts";
export type { Candidate, CandidateStatus, KernelTuning } from "./tune/tuning.ts";
