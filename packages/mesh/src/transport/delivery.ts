import type { Clock } from "@tilebook/base";

/** What a stream remembers of when it began. */
export interface Mark {
  readonly at: number;
  /** Bytes of all streams that had been sent then. */
  readonly sent: number;
}

interface Sample {
  readonly at: number;
  readonly rate: number;
}

/** Fewer bytes than this tell of the way, not of the rate. */
const leastBytes = 16 * 1024;
/** Milliseconds: clocks of pages are no finer, and tell nothing of what is over sooner. */
const leastTime = 1;
const mostSamples = 16;
const memory = 10_000;

/**
 * How fast a link is, seen from what is sent over it anyway: of what was sent since a stream began, the bytes that have arrived when its receiver says so, by
 * the time but for the way there and back. A sender with nothing to send, a receiver that is busy and words that come late make a link look slower, and nothing
 * makes it look faster: so what counts is the most of late (as the bottleneck's rate in BBR, Cardwell et al. 2016).
 */
export class Delivery {
  readonly #clock: Clock;
  #samples: Sample[] = [];
  #sent = 0;
  #arrived = 0;
  #lostAt = -Infinity;
  #trip: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The least milliseconds there and back. */
  get trip(): number | undefined {
    return this.#trip;
  }

  /** Bytes a millisecond, of the ten seconds before the last time that anything was seen. */
  get rate(): number | undefined {
    return this.rateSince((this.#samples.at(-1)?.at ?? 0) - memory);
  }

  /** The same since some time of the clock. */
  rateSince(since: number): number | undefined {
    const rates = this.#samples.filter(({ at }) => at >= since).map(({ rate }) => rate);
    return rates.length === 0 ? undefined : Math.max(...rates);
  }

  /** The peer has answered after so many milliseconds. */
  answered(ms: number): void {
    this.#trip = Math.min(this.#trip ?? Infinity, ms);
  }

  began(): Mark {
    return { at: this.#clock.now(), sent: this.#sent };
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /** Bytes of a stream have arrived. Over one connection they come in the order in which they were sent, so what was sent before its mark has, too; several make it seem slower. */
  arrived(bytes: number, { at, sent }: Mark): void {
    const now = this.#clock.now();
    this.#arrived += bytes;
    const [moved, took] = [this.#arrived - sent, now - at];
    if (bytes < leastBytes) this.answered(took);
    if (moved < leastBytes || at < this.#lostAt) return;
    const alone = Math.max(leastTime, took - (this.#trip ?? 0));
    this.#samples = [...this.#samples, { at: now, rate: moved / alone }].slice(-mostSamples);
  }

  /** Bytes that were sent and of which nothing will be heard: whether they have arrived cannot be known for what was under way with them. */
  lost(bytes: number): void {
    if (bytes === 0) return;
    this.#arrived += bytes;
    this.#lostAt = this.#clock.now();
  }

  /** The link is another one from now on. */
  forget(): void {
    [this.#samples, this.#trip] = [[], undefined];
    this.#lostAt = this.#clock.now();
  }
}
