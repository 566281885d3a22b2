import type { Clock } from "@tilebook/base";

export const BEAT_MS = 250;
/** Beats without an answer before the other side counts as dead: two seconds. */
export const MOST_SILENT_BEATS = 8;

/**
 * Asks "are you there" four times a second. Silence is counted in beats that came on time, so that a page which was
 * itself frozen, throttled or busy does not take its sandbox for dead.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #ask: (beat: number) => void;
  readonly #dead: () => void;
  #beat = 0;
  #silent = 0;
  #last: number;
  #cancel: () => void;

  constructor(clock: Clock, ask: (beat: number) => void, dead: () => void) {
    this.#clock = clock;
    this.#ask = ask;
    this.#dead = dead;
    this.#last = clock.now();
    this.#cancel = clock.after(BEAT_MS, () => this.#tick());
  }

  /** An answer came, to whichever beat. */
  heard(): void {
    this.#silent = 0;
  }

  stop(): void {
    this.#cancel();
  }

  #tick(): void {
    const late = this.#clock.now() - this.#last > 2 * BEAT_MS;
    this.#last = this.#clock.now();
    if (!late) this.#silent += 1;
    if (this.#silent > MOST_SILENT_BEATS) return this.#dead();
    this.#beat += 1;
    this.#ask(this.#beat);
    this.#cancel = this.#clock.after(BEAT_MS, () => this.#tick());
  }
}
