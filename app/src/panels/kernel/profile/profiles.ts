import { type FaultData } from "@tilebook/base";
import type { KernelReport } from "@tilebook/notebook";
import type { LaunchProfile, ProbeResult, ProfileNote } from "@tilebook/sandbox";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import { needSpeed } from "../../../session/device-speed.ts";
import { endProbes, probeNextRun } from "../../../session/machine.ts";
import { runCell, whenRun } from "../../../session/run.ts";
import { launchName } from "./summary.ts";

/** What is being measured. */
export interface Measuring {
  /** The cell that runs for it. */
  readonly cell: string;
  /** The kernel, when it is one alone. */
  readonly kernel?: string | undefined;
  /** What is under way, in words. */
  readonly what: string;
  /** From 0 to 1 where it is known. */
  readonly part?: number;
}

interface Profiles {
  /** By `launchName`. They stay until the page is left. */
  readonly known: Readonly<Record<string, LaunchProfile>>;
  readonly now?: Measuring | undefined;
  /** Why the last profile of a cell came to nothing, or to less than it should. */
  readonly fault?: { readonly cell: string; readonly fault: FaultData } | undefined;
}

export const profiles: StoreApi<Profiles> = createStore<Profiles>()(() => ({ known: {} }));

export function useProfiles<T>(select: (state: Profiles) => T): T {
  return useStore(profiles, select);
}

/**
 * Runs the report's cell again, and measures launches of it by themselves on the way: this launch of its kernel, or all
 * kernels of the cell. The device itself is measured first, if it never was.
 */
export async function profile({ cell, key }: KernelReport, launch: number | "all"): Promise<void> {
  if (profiles.getState().now !== undefined) return;
  const kernel = launch === "all" ? undefined : key;
  const started = { cell, kernel, what: "Measuring what this device can do, once…" };
  profiles.setState({ now: started, fault: undefined });
  await needSpeed();
  // It was stopped meanwhile.
  if (profiles.getState().now !== started) return;
  const still = (): boolean => profiles.getState().now?.cell === cell;
  const end = (fault?: FaultData): void => {
    if (still())
      profiles.setState({ now: undefined, fault: fault === undefined ? undefined : { cell, fault } });
  };
  profiles.setState({ now: { cell, kernel, what: "Running the cell…" } });
  probeNextRun(
    cell,
    kernel === undefined || launch === "all" ? { kind: "profile" } : { kind: "profile", kernel, launch },
    (result) => end(faultOf(result)),
    (note) => still() && hear(cell, note),
  );
  runCell(cell);
  whenRun(cell, () =>
    end({ code: "probe/not-run", message: "the cell did not run: what it needs is missing or failed" }),
  );
}

/** What has been measured stays, and the cell runs on. */
export function stopProfile(): void {
  endProbes();
  profiles.setState({ now: undefined });
}

function hear(cell: string, note: ProfileNote): void {
  const { now, known } = profiles.getState();
  if (now === undefined) return;
  switch (note.kind) {
    case "measuring":
      return profiles.setState({
        now: { ...now, what: `Measuring ${note.name}…`, part: note.done / Math.max(1, note.of) },
      });
    case "measured": {
      const { part: _, ...rest } = now;
      return profiles.setState({
        known: { ...known, [launchName(note.kernel, note)]: note },
        now: { ...rest, what: "Running the cell…" },
      });
    }
    case "unmeasured":
      return profiles.setState({ fault: { cell, fault: note.fault } });
  }
}

function faultOf(result: ProbeResult): FaultData | undefined {
  if (result.kind === "profiled") return profiles.getState().fault?.fault;
  if (result.kind === "refused") return result.fault;
  return { code: "probe/other", message: "something else was asked for at the same time" };
}
