import type { DeviceReport, MemoryReport, TuneProgress } from "@tilebook/runtime";
import type { TuningView } from "@tilebook/sandbox";
import type { StateCreator } from "zustand/vanilla";
import type { AppState } from "./app.ts";

/** What the notebook computes on, and what is going on there. */
export interface MachineSlice {
  /** Absent until the sandbox is ready. */
  readonly device: DeviceReport | undefined;
  readonly memory: MemoryReport | undefined;
  /** When the cell that is running now started, by its id; in milliseconds of `performance.now()`. */
  readonly startedAt: Readonly<Record<string, number>>;
  /** What the tuner is at. */
  readonly tuning: TuneProgress | undefined;
  /** What the tuner knows, while that is shown. */
  readonly tuned: TuningView | undefined;
  /** An interrupt was asked for and has not been answered. */
  readonly stopping: boolean;
}

export const machineSlice: StateCreator<AppState, [], [], MachineSlice> = () => ({
  device: undefined,
  memory: undefined,
  startedAt: {},
  tuning: undefined,
  tuned: undefined,
  stopping: false,
});
