import type { Clock } from "@tilebook/base";

/** What was submitted while the device may still be busy with what came before. */
export interface Submitted {
  /** What it is expected to take, in milliseconds of GPU time. */
  readonly ms: number;
  /** Told what it has taken, as far as that can be known: work that shares a fence shares its time. */
  readonly took: (ms: number) => void;
}

export interface FlightOptions {
  /** Resolves when the device has done all that was submitted until now. Rejects when it is lost. */
  readonly finished: () => Promise<void>;
  readonly clock: Clock;
  /** What noticing the end of an empty submit takes: no part of what work takes. */
  readonly overheadMs: number;
}

/**
 * Work of one device that nobody waits for. One fence is always on its way while there is any; what is submitted
 * meanwhile gathers behind the next one.
 */
export class Flight {
  readonly #options: FlightOptions;
  #gathered: Submitted[] = [];
  #flyingMs = 0;
  #gatheredMs = 0;
  #since = 0;
  #lastEnd = 0;
  #fence: Promise<void> | undefined;

  constructor(options: FlightOptions) {
    this.#options = options;
  }

  /** Expected time of all that is not known to be done. */
  get outstandingMs(): number {
    return this.#flyingMs + this.#gatheredMs;
  }

  /** Something was submitted just now. */
  add(work: Submitted): void {
    if (this.#gathered.length === 0) this.#since = this.#options.clock.now();
    this.#gathered.push(work);
    this.#gatheredMs += work.ms;
    if (this.#fence === undefined) this.#watch();
  }

  /** Waits until no more than `ms` are outstanding; with 0, until the device has nothing to do. */
  async until(ms: number): Promise<void> {
    for (let fence = this.#fenceAbove(ms); fence !== undefined; fence = this.#fenceAbove(ms)) await fence;
  }

  /** The next fence, while more than `ms` are outstanding or nothing is to be. */
  #fenceAbove(ms: number): Promise<void> | undefined {
    return ms === 0 || this.outstandingMs > ms ? this.#fence : undefined;
  }

  #watch(): void {
    const group = this.#gathered;
    const start = Math.max(this.#since, this.#lastEnd);
    this.#flyingMs = this.#gatheredMs;
    this.#gathered = [];
    this.#gatheredMs = 0;
    this.#fence = this.#options.finished().then(() => {
      this.#lastEnd = this.#options.clock.now();
      this.#fence = undefined;
      share(group, this.#lastEnd - start - this.#options.overheadMs);
      this.#flyingMs = 0;
      if (this.#gathered.length > 0) this.#watch();
    });
    // A lost device: who waits is told, and nobody else needs to be.
    this.#fence.catch(() => undefined);
  }
}

function share(group: readonly Submitted[], ms: number): void {
  const expected = group.reduce((sum, work) => sum + work.ms, 0);
  for (const work of group) work.took((Math.max(ms, 0) * work.ms) / expected);
}
