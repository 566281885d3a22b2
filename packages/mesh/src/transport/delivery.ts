import type { Clock } from "@tilebook/base";

/** What a stream remembers of when it began, or was last heard of. */
export interface Mark {
  readonly at: number;
  /** Bytes of all streams that had arrived then. */
  readonly delivered: number;
  /** The first word of a receiver comes a round trip after what it is about. */
  readonly trips: 0 | 1;
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
 * How fast a link is, seen from what is sent over it anyway: the most bytes that arrived in the time of a stream, of late, since a sender with nothing to
 * send, or a receiver that is busy, makes a link look slower than it is, and nothing makes it look faster (delivery rates of BBR, Cardwell et al. 2016).
 */
export class Delivery {
  readonly #clock: Clock;
  #samples: Sample[] = [];
  #delivered = 0;
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
    return { at: this.#clock.now(), delivered: this.#delivered, trips: 1 };
  }

  /** So many bytes of a stream have arrived since its mark; gives the next one. */
  arrived(bytes: number, mark: Mark): Mark {
    const at = this.#clock.now();
    this.#delivered += bytes;
    const [moved, took] = [this.#delivered - mark.delivered, at - mark.at];
    if (mark.trips === 1 && bytes < leastBytes) this.answered(took);
    if (moved >= leastBytes) {
      const alone = Math.max(leastTime, took - mark.trips * (this.#trip ?? 0));
      this.#samples = [...this.#samples, { at, rate: moved / alone }].slice(-mostSamples);
    }
    return { at, delivered: this.#delivered, trips: 0 };
  }

  /** The link is another one from now on. */
  forget(): void {
    [this.#samples, this.#trip] = [[], undefined];
  }
}
