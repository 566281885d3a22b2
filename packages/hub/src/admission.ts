/** What a hub takes upon itself for those who knock, whoever they are: packets by which they do can have any sender. */
const limits = {
  /** Connections, open or on the way. */
  all: 512,
  /** On the way to be open: in all, and from one address. */
  early: 128,
  earlyOfOne: 32,
  /** Made a second for long, and at once. */
  rate: 50,
  burst: 200,
  /** Names of connections that are over and do not come back, the latest so many. */
  over: 4_096,
} as const;

/** Someone's place at a hub. */
export interface HubPlace {
  /** It is open: somebody is really there. */
  opened(): void;
  left(): void;
}

/** Says who of those who knock at a hub gets a connection. */
export class Admission {
  readonly #here = new Set<string>();
  readonly #over = new Set<string>();
  readonly #early = new Map<string, number>();
  /** How those are given up that are on their way, the oldest first. */
  readonly #onTheWay = new Map<string, () => void>();
  #left: number = limits.burst;
  #since = performance.now();

  /**
   * A place for a connection of this name, from this address; undefined where there is none. A name is taken once: packets of a connection that was cut off
   * go on for a while, and those to a hub that was started anew find it does not know them, so that their page notices.
   * @param giveUp Ends the connection, which has to call `left`: where too many are on their way, the oldest makes room.
   */
  take(name: string, from: string, giveUp: () => void): HubPlace | undefined {
    const early = this.#early.get(from) ?? 0;
    const isFull = this.#here.size >= limits.all;
    if (this.#here.has(name) || this.#over.has(name) || isFull || early >= limits.earlyOfOne)
      return undefined;
    if (!this.#isPaced()) return undefined;
    const [oldest] = this.#onTheWay;
    if (oldest !== undefined && this.#onTheWay.size >= limits.early) {
      this.#onTheWay.delete(oldest[0]);
      oldest[1]();
    }
    this.#here.add(name);
    this.#onTheWay.set(name, giveUp);
    this.#count(from, 1);
    let isEarly = true;
    const opened = (): void => {
      this.#onTheWay.delete(name);
      if (isEarly) this.#count(from, -1);
      isEarly = false;
    };
    const left = (): void => {
      opened();
      if (this.#here.delete(name)) this.#forget(name);
    };
    return { opened, left };
  }

  #count(from: string, by: number): void {
    const early = (this.#early.get(from) ?? 0) + by;
    if (early > 0) this.#early.set(from, early);
    else this.#early.delete(from);
  }

  #forget(name: string): void {
    this.#over.add(name);
    const [oldest] = this.#over;
    if (this.#over.size > limits.over && oldest !== undefined) this.#over.delete(oldest);
  }

  #isPaced(): boolean {
    const now = performance.now();
    const gained = ((now - this.#since) * limits.rate) / 1_000;
    this.#since = now;
    this.#left = Math.min(limits.burst, this.#left + gained);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
