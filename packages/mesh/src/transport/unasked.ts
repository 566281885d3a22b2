import { type Clock, Fault } from "@tilebook/base";

/** Bytes a minute. */
const rate = 64 * 2 ** 20;
const minute = 60_000;

/**
 * Holds a peer to a number of bytes a minute that nobody asked for: messages, headers of streams, and bytes of streams that were refused or given up. Who is
 * beyond it hears so with each stream that it opens; who goes on until it is as much again is cut off.
 */
export class Unasked {
  readonly #clock: Clock;
  #left: number = rate;
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** Counts bytes; throws `mesh/violation` where the peer has been told that they are too many. */
  count(bytes: number): void {
    this.#refill();
    this.#left -= bytes;
    if (this.#left < -rate)
      throw new Fault("mesh/violation", "a peer sends what nobody asked for, and does not stop");
  }

  /** Fault `mesh/too-much`: nothing new is taken for now. */
  check(): void {
    this.#refill();
    if (this.#left >= 0) return;
    const seconds = Math.ceil((-this.#left * minute) / rate / 1_000);
    throw new Fault("mesh/too-much", "a peer sends more than it was asked for", {
      hint: `in ${seconds} seconds it may send again`,
    });
  }

  #refill(): void {
    const now = this.#clock.now();
    this.#left = Math.min(rate, this.#left + ((now - this.#since) * rate) / minute);
    this.#since = now;
  }
}
