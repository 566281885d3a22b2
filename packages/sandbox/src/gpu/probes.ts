import { Fault, faultData } from "@tilebook/base";
import type { Program } from "@tilebook/compiler";
import type { Probe, ProbeResult } from "../probe.ts";

/** Launches that one profile of a whole run measures. */
const MOST_LAUNCHES = 64;

/** A probe that has come to its launch. */
export interface Met {
  readonly probe: Probe;
  /** The dispatch, by its place in the program. */
  readonly at: number;
  /** Its number among the launches of its kernel in this run. */
  readonly launch: number;
  /** Nobody wants to know any more. */
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly run: number;
  readonly probe: Probe;
  readonly stop: AbortController;
  /** Launches so far, by the key of the kernel. */
  readonly passed: Map<string, number>;
  /** Kernels with their grid and numbers that have been met. */
  readonly seen: Set<string>;
  met: number;
}

/** The probe that waits for its launch, or for its launches. There is one at a time, since cells run one at a time. */
export class Probes {
  #waiting: Waiting | undefined;

  set(run: number, probe: Probe): void {
    const stop = new AbortController();
    this.#waiting = { run, probe, stop, passed: new Map(), seen: new Set(), met: 0 };
  }

  /** What it is doing is not wanted any more. The run goes on. */
  stop(run: number): void {
    if (this.#waiting?.run === run) this.#waiting.stop.abort();
  }

  /** The dispatches among these that the probe is about. Each is met once. */
  meet(run: number, { dispatches, kernels }: Program): readonly Met[] {
    const waiting = this.#waiting;
    if (waiting?.run !== run || waiting.stop.signal.aborted) return [];
    const { probe, passed, stop } = waiting;
    const found: Met[] = [];
    for (const [at, { kernel, grid, scalars }] of dispatches.entries()) {
      const key = kernels[kernel]?.key ?? "";
      const launch = passed.get(key) ?? 0;
      passed.set(key, launch + 1);
      if (!isWanted(waiting, key, { launch, numbers: JSON.stringify([key, grid, scalars]) })) continue;
      waiting.met += 1;
      found.push({ probe, at, launch, signal: stop.signal });
    }
    return found;
  }

  /** The run is over: what to say when its probe met nothing, or does not say by itself that it has ended. */
  end(run: number): ProbeResult | undefined {
    const waiting = this.#waiting;
    if (waiting?.run !== run) return undefined;
    this.#waiting = undefined;
    const { met, probe } = waiting;
    if (met > 0) return probe.kind === "profile" ? { kind: "profiled", launches: met } : undefined;
    const about = probe.kernel === undefined ? "any kernel of tiles" : "the kernel";
    const fault = new Fault("probe/not-launched", `this run did not launch ${about}`, {
      hint: "the cell or what it reads has changed: look at the kernels of this run",
    });
    return { kind: "refused", kernel: probe.kernel ?? "", fault: faultData(fault) };
  }
}

function isWanted(
  { probe, seen, met }: Waiting,
  key: string,
  { launch, numbers }: { readonly launch: number; readonly numbers: string },
): boolean {
  if (probe.kernel !== undefined) return key === probe.kernel && launch === (probe.launch ?? 0);
  if (seen.has(numbers) || met >= MOST_LAUNCHES) return false;
  seen.add(numbers);
  return true;
}
