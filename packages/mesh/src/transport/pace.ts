import { type Clock, Fault } from "@tilebook/base";

/** Messages a second that a peer may send for long, and how many it may be ahead. 64 KB ones at 120 MB/s are fewer. */
const rate = 2_000;
const burst = 4_000;

/** Holds a peer to a number of messages a second. */
export class Pace {
  readonly #clock: Clock;
  #left: number = burst;
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** Counts a message; throws `mesh/violation` where they are too many. */
  count(): void {
    const now = this.#clock.now();
    this.#left = Math.min(burst, this.#left + ((now - this.#since) * rate) / 1_000) - 1;
    this.#since = now;
    if (this.#left < 0) throw new Fault("mesh/violation", "a peer sends too many messages");
  }
}
