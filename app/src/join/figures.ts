import type { Link, Work } from "@tilebook/mesh";
import { pulseLength, store } from "./store.ts";

interface Sources {
  readonly work: () => Work | undefined;
  readonly host: () => Link | undefined;
}

const everyMs = 500;
/** Of a byte a millisecond, in Mbit/s. */
const bitsPerByte = 8e-3;

/** Twice a second, what came of it so far; once a second, how busy that second was. */
export class Figurer {
  readonly #sources: Sources;
  /** All links there ever were: the bytes of those that are closed count, too. */
  readonly #links = new Set<Link>();
  readonly #timer: ReturnType<typeof setInterval>;
  #held: () => number = () => 0;
  #last = { at: performance.now(), busyMs: 0 };
  #half = false;

  constructor(sources: Sources) {
    this.#sources = sources;
    this.#timer = setInterval(() => this.#look(), everyMs);
  }

  count(link: Link): void {
    this.#links.add(link);
  }

  /** Says how many bytes are held for others now. */
  holds(bytes: () => number): void {
    this.#held = bytes;
  }

  stop(): void {
    this.#look();
    clearInterval(this.#timer);
  }

  #look(): void {
    const { work, host } = this.#sources;
    const { roundTrip, delivery } = host() ?? {};
    const { tasks = 0, operations = 0, busyMs = 0, busy = false } = work() ?? {};
    let [received, sent] = [0, 0];
    for (const { traffic } of this.#links) {
      received += traffic.received.payload;
      sent += traffic.sent.payload;
    }
    const figures = { tasks, operations, busyMs, busy, received, sent };
    const mbps = delivery?.rate === undefined ? undefined : delivery.rate * bitsPerByte;
    store.setState({ figures: { ...figures, held: this.#held(), roundTrip, mbps } });
    this.#half = !this.#half;
    if (this.#half) this.#beat(busyMs);
  }

  #beat(busyMs: number): void {
    const at = performance.now();
    const part = Math.min(1, (busyMs - this.#last.busyMs) / Math.max(1, at - this.#last.at));
    this.#last = { at, busyMs };
    store.setState(({ pulse }) => ({ pulse: [...pulse, part].slice(-pulseLength) }));
  }
}
