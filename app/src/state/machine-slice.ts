import type { DeviceReport, MemoryReport } from "@tilebook/runtime";
import type { StateCreator } from "zustand/vanilla";
import type { AppState } from "./app.ts";

/** What the notebook computes on, and what is going on there. */
export interface MachineSlice {
  /** Absent until the sandbox is ready. */
  readonly device: DeviceReport | undefined;
  readonly memory: MemoryReport | undefined;
  /** When the cell that is running now started, by its id; in milliseconds of `performance.now()`. */
  readonly startedAt: Readonly<Record<string, number>>;
  /** An interrupt was asked for and has not been answered. */
  readonly stopping: boolean;
}

export const machineSlice: StateCreator<AppState, [], [], MachineSlice> = () => ({
  device: undefined,
  memory: undefined,
  startedAt: {},
  stopping: false,
});
