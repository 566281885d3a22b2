import { type Clock, Fault } from "@tilebook/base";

/** The event loop gets a turn after so many milliseconds: pings, peeks and other runs go on. */
const BREATH_MS = 12;

/** Keeps long work from holding up the worker, and ends it when somebody asks. */
export class Pace {
  readonly #clock: Clock;
  #since: number;
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  stop(): void {
    this.#stopped = true;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** To be called between steps; often waits for nothing. Fault `run/stopped` after `stop`. */
  async breathe(): Promise<void> {
    if (this.#clock.now() - this.#since >= BREATH_MS) {
      await new Promise<void>((resolve) => this.#clock.after(0, resolve));
      this.#since = this.#clock.now();
    }
    if (this.#stopped) throw new Fault("run/stopped", "stepping was stopped");
  }
}
