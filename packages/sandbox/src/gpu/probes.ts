import { Fault, faultData } from "@tilebook/base";
import type { Program } from "@tilebook/compiler";
import type { Probe, ProbeResult } from "../probe.ts";

interface Waiting {
  readonly run: number;
  readonly probe: Probe;
  /** Launches of the kernel that are still to pass. */
  left: number;
}

/** The probe that waits for its launch. There is one at a time, since cells run one at a time. */
export class Probes {
  #waiting: Waiting | undefined;

  set(run: number, probe: Probe): void {
    this.#waiting = { run, probe, left: probe.launch };
  }

  /** The probe, and its dispatch, when it is among these. It is met once. */
  meet(
    run: number,
    { dispatches, kernels }: Program,
  ): { readonly probe: Probe; readonly at: number } | undefined {
    const waiting = this.#waiting;
    if (waiting?.run !== run) return undefined;
    for (const [at, { kernel }] of dispatches.entries()) {
      if (kernels[kernel]?.key !== waiting.probe.kernel) continue;
      if (waiting.left === 0) {
        this.#waiting = undefined;
        return { probe: waiting.probe, at };
      }
      waiting.left -= 1;
    }
    return undefined;
  }

  /** The run is over: what to say when its probe met nothing. */
  end(run: number): ProbeResult | undefined {
    const waiting = this.#waiting;
    if (waiting?.run !== run) return undefined;
    this.#waiting = undefined;
    const fault = new Fault("probe/not-launched", "this run did not launch the kernel", {
      hint: "the cell or what it reads has changed: look at the kernels of this run",
    });
    return { kind: "refused", kernel: waiting.probe.kernel, fault: faultData(fault) };
  }
}
