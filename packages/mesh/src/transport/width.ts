import { every } from "./beat.ts";

/** What a link did by a moment. */
export interface WidthTick {
  /** Bytes of streams that have left this side, in all. */
  readonly left: number;
  /** Bytes are on their way, or wait. */
  readonly isSending: boolean;
  /** Its connections are full: more would be sent, if they took it. */
  readonly isFull: boolean;
  /** Milliseconds there and back. */
  readonly roundTrip: number | undefined;
}

/**
 * `widen`: one more connection may help. `narrow`: the last one did not, so it is of no use for sending. `drop`: what was sent does not arrive, so all but
 * the first are suspect.
 */
export type WidthWish = "widen" | "narrow" | "drop";

/** That one side sends over. More take too large a part of a way that others use, too. */
const mostConnections = 4;

/** A measurement is so many ticks: two seconds. */
const measured = 4;
/** So many ticks without a byte that arrives. */
const stalled = 4;
/** Ticks until an attempt at another connection is given up: what it needs to say may wait behind bulk. */
const patience = 30;
/** Nearer than this nobody is held up by losses, but by processors. */
const leastRoundTrip = 8;
/** A connection that has fewer bytes on its way at once, though it is full, is held back by losses. */
const smallFlight = 64 * 1024;
/** What one more connection has to gain. */
const gain = 1.15;

/**
 * Says when a link should go over more connections. One connection has as many bytes on its way as its losses let it, whatever the way could carry: by Mathis,
 * Semke, Mahdavi and Ott (1997) about 1.2 segments / sqrt(loss), so two have twice as many. Where that is not what holds it back, a second one gains nothing;
 * so each is tried, and kept only where it gains.
 */
export class Width {
  /** Connections that are used for sending. */
  width = 1;
  #ticks = 0;
  /** Ticks for which an attempt is waited for. */
  #waiting = 0;
  #still = 0;
  #left = 0;
  #wasFull = false;
  /** Bytes that left in the ticks that are measured. */
  #moved = 0;
  #nearest = Infinity;
  #before: number | undefined;
  #most = mostConnections;

  /** Called at every beat. */
  tick({ left, isSending, isFull, roundTrip }: WidthTick): WidthWish | undefined {
    this.#nearest = Math.min(this.#nearest, roundTrip ?? Infinity);
    const moved = left - this.#left;
    this.#still = isSending && moved === 0 ? this.#still + 1 : 0;
    // Only what was full all the time tells how much a way carries.
    const tells = isFull && this.#wasFull;
    [this.#left, this.#wasFull] = [left, isFull];
    if (this.width > 1 && this.#still >= stalled) return this.#settle(1, "drop");
    if (this.#waiting > 0) {
      this.#waiting -= 1;
      return undefined;
    }
    if (!tells) return undefined;
    this.#ticks += 1;
    this.#moved = this.#ticks > 0 ? this.#moved + moved : 0;
    if (this.#ticks < measured) return undefined;
    const rate = this.#moved / (measured * every);
    [this.#ticks, this.#moved] = [0, 0];
    return this.#measured(rate);
  }

  /** The connection that was wanted is there. What is measured begins once it has had time to get going. */
  widened(): void {
    this.width += 1;
    this.#waiting = 0;
    [this.#ticks, this.#moved] = [-measured, 0];
  }

  /** One of them has ended. */
  lost(): void {
    this.#settle(this.width - 1, "narrow");
  }

  /** @param rate Bytes a millisecond. */
  #measured(rate: number): WidthWish | undefined {
    const before = this.#before;
    this.#before = undefined;
    if (before !== undefined && this.width > 1 && rate < gain * before)
      return this.#settle(this.width - 1, "narrow");
    const isHeldBack = this.#nearest >= leastRoundTrip && rate * this.#nearest < smallFlight * this.width;
    if (this.width >= this.#most || !isHeldBack) return undefined;
    this.#before = rate;
    this.#waiting = patience;
    return "widen";
  }

  /** So many, and no more for this connection's life. */
  #settle(width: number, wish: WidthWish): WidthWish {
    this.width = width;
    this.#most = width;
    this.#before = undefined;
    this.#still = 0;
    return wish;
  }
}
