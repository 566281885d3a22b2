import { Fault, faultData } from "@tilebook/base";
import type { Program } from "@tilebook/compiler";
import type { Executor, GpuExecutor } from "@tilebook/runtime";
import type { Probe, ProbeResult, VariantProbe } from "../probe.ts";
import type { ProfileNote } from "../profile.ts";
import type { FromGpu } from "../protocol/gpu.ts";
import type { StepProbe } from "../step.ts";
import { type Met, Probes } from "./probes.ts";
import { profileLaunch } from "./profile.ts";
import type { StepDesk } from "./step/step-desk.ts";
import { compareVariant } from "./variant.ts";

export interface ProbeParts {
  readonly executor: Executor;
  readonly gpu: GpuExecutor | undefined;
  readonly steps: StepDesk;
  readonly toApp: (message: FromGpu) => void;
}

/** Does what runs are to do beside their work. What goes wrong with that is told; the run goes on. */
export class ProbeDesk {
  readonly #parts: ProbeParts;
  readonly #probes = new Probes();

  constructor(parts: ProbeParts) {
    this.#parts = parts;
  }

  /** The run, which has not begun, does this as well. */
  set(run: number, probe: Probe): void {
    this.#probes.set(run, probe);
  }

  /** What the run's probe does is not wanted any more. */
  stop(run: number): void {
    this.#probes.stop(run);
  }

  /** The run is over: what is left to say. */
  end(run: number): ProbeResult | undefined {
    return this.#probes.end(run);
  }

  /** A program of the run is about to run: does what the probe asks, if it is about launches of this program. */
  async meet(run: number, program: Program, signal: AbortSignal): Promise<void> {
    for (const met of this.#probes.meet(run, program)) {
      const { probe, at } = met;
      if (probe.kind === "profile") await this.#profile(run, program, met, signal);
      else await this.#answer(run, probe, () => this.#find({ program, at, probe, signal }));
    }
  }

  async #answer(
    run: number,
    { kernel }: VariantProbe | StepProbe,
    find: () => Promise<ProbeResult>,
  ): Promise<void> {
    const { toApp } = this.#parts;
    try {
      toApp({ type: "probed", run, result: await find() });
    } catch (error) {
      toApp({ type: "probed", run, result: { kind: "refused", kernel, fault: faultData(error) } });
    }
  }

  #find(about: {
    readonly program: Program;
    readonly at: number;
    readonly probe: VariantProbe | StepProbe;
    readonly signal: AbortSignal;
  }): Promise<ProbeResult> {
    const { executor, steps } = this.#parts;
    const { probe } = about;
    return probe.kind === "step"
      ? steps.open({ ...about, executor, probe })
      : compareVariant({ ...about, gpu: this.#gpu("run a copy of WGSL on"), probe });
  }

  async #profile(run: number, program: Program, met: Met, signal: AbortSignal): Promise<void> {
    if (met.signal.aborted) return;
    const { at, launch } = met;
    const { key = "", name = "" } = program.kernels[program.dispatches[at]?.kernel ?? -1] ?? {};
    const note = (said: ProfileNote): void => this.#parts.toApp({ type: "profiling", run, note: said });
    const progress = (done: number, of: number): void => note({ kind: "measuring", name, done, of });
    const either = AbortSignal.any([signal, met.signal]);
    try {
      progress(0, 1);
      note(await profileLaunch({ gpu: this.#gpu("measure"), program, at, launch, signal: either, progress }));
    } catch (error) {
      if (!either.aborted) note({ kind: "unmeasured", kernel: key, name, launch, fault: faultData(error) });
    }
  }

  #gpu(what: string): GpuExecutor {
    const { gpu } = this.#parts;
    if (gpu !== undefined) return gpu;
    throw new Fault("executor/no-gpu", `there is no GPU to ${what}; the interpreter runs tiles only`);
  }
}
