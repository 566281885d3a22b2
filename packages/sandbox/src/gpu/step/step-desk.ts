import { type Clock, Fault, faultData, realClock } from "@tilebook/base";
import type { Program } from "@tilebook/compiler";
import type { Executor } from "@tilebook/runtime";
import type { FromGpu } from "../../protocol/gpu.ts";
import type { StepAnswer, StepOpening, StepProbe, StepRequest } from "../../step.ts";
import { openLaunch } from "./open-launch.ts";
import { Pace } from "./pace.ts";
import { StepSession } from "./session.ts";

/** Keeps the one launch that is stepped through, and serves what is asked about it, one request after the other. */
export class StepDesk {
  readonly #toApp: (message: FromGpu) => void;
  readonly #clock: Clock;
  #session: StepSession | undefined;
  #number = 0;
  #last: Promise<unknown> = Promise.resolve();
  /** Of the requests that are under way or wait. */
  readonly #paces = new Set<Pace>();

  constructor(toApp: (message: FromGpu) => void, clock: Clock = realClock) {
    this.#toApp = toApp;
    this.#clock = clock;
  }

  /** Keeps a launch, in place of the one before. */
  async open(setup: {
    readonly executor: Executor;
    readonly program: Program;
    readonly at: number;
    readonly probe: StepProbe;
    readonly signal: AbortSignal;
  }): Promise<StepOpening> {
    const { executor, program, at, probe, signal } = setup;
    const launch = await openLaunch(executor, program, at, signal);
    const session = new StepSession({ launch, clock: this.#clock });
    this.#stop();
    this.#session = session;
    this.#number += 1;
    const { kernel, launch: place } = probe;
    return { kind: "step", kernel, launch: place, session: this.#number, ...session.opening() };
  }

  /** Answers with `stepped` or `unstepped`. */
  ask(id: number, request: StepRequest): void {
    if (request.do === "stop") {
      this.#stop();
      return this.#toApp({ type: "stepped", id, answer: { kind: "done" } });
    }
    const pace = new Pace(this.#clock);
    this.#paces.add(pace);
    this.#last = this.#last.then(() => this.#serve(id, request, pace));
  }

  async #serve(id: number, request: StepRequest, pace: Pace): Promise<void> {
    try {
      this.#toApp({ type: "stepped", id, answer: await this.#answer(id, request, pace) });
    } catch (error) {
      this.#toApp({ type: "unstepped", id, fault: faultData(error) });
    } finally {
      this.#paces.delete(pace);
    }
  }

  async #answer(id: number, request: StepRequest, pace: Pace): Promise<StepAnswer> {
    const session = this.#sessionOf(request);
    const progress = (done: number, total: number): void =>
      this.#toApp({ type: "stepping", id, done, total });
    switch (request.do) {
      case "go":
        return session.go(request.program, request.to, pace);
      case "tile":
        return session.tile(request.value);
      case "buffer":
        return session.buffer(request.value, request.row, request.column);
      case "look":
        return session.look(pace, progress);
      case "writer": {
        const place = await session.writer(request, pace, progress);
        return { kind: "writer", ...(place === undefined ? {} : { place }) };
      }
      case "close":
        this.#session = undefined;
        return { kind: "done" };
      case "stop":
        return { kind: "done" };
    }
  }

  #sessionOf({ session: number }: StepRequest): StepSession {
    if (this.#session !== undefined && number === this.#number) return this.#session;
    throw new Fault("step/gone", "this launch is no longer kept", {
      hint: "open Step through again: it runs the cell anew",
    });
  }

  #stop(): void {
    for (const pace of this.#paces) pace.stop();
  }
}
