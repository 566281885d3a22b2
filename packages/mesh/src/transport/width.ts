import { every } from "./beat.ts";

/** What a link did by a moment. */
export interface WidthTick {
  /** Bytes of streams that have left this side, in all. */
  readonly left: number;
  /** Connections that it is sent over. */
  readonly width: number;
  /** Its connections are full: more would be sent, if they took it. */
  readonly isFull: boolean;
  /** Milliseconds there and back. */
  readonly roundTrip: number | undefined;
}

/** That one side sends over. More take too large a part of a way that others use, too. */
const mostConnections = 4;

/** A measurement is so many ticks: two seconds. */
const measured = 4;
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
 * so they are tried one by one, until one does not gain.
 */
export class Width {
  #width = 1;
  #ticks = 0;
  /** Ticks for which an attempt is waited for. */
  #waiting = 0;
  #left = 0;
  #wasFull = false;
  /** Bytes that left in the ticks that are measured. */
  #moved = 0;
  #nearest = Infinity;
  #before: number | undefined;
  #most = mostConnections;

  /** Called at every beat. True where another connection may help. */
  tick({ left, width, isFull, roundTrip }: WidthTick): boolean {
    this.#nearest = Math.min(this.#nearest, roundTrip ?? Infinity);
    if (width !== this.#width) this.#changed(width);
    const moved = left - this.#left;
    // Only what was full all the time tells how much a way carries.
    const tells = isFull && this.#wasFull;
    [this.#left, this.#wasFull] = [left, isFull];
    if (this.#waiting > 0) {
      this.#waiting -= 1;
      return false;
    }
    if (!tells) return false;
    this.#ticks += 1;
    this.#moved = this.#ticks > 0 ? this.#moved + moved : 0;
    if (this.#ticks < measured) return false;
    const rate = this.#moved / (measured * every);
    [this.#ticks, this.#moved] = [0, 0];
    return this.#measured(rate);
  }

  #changed(width: number): void {
    // One has ended: those that are left are enough.
    if (width < this.#width) [this.#most, this.#before] = [width, undefined];
    // One has come: it is measured once it has had time to get going.
    else [this.#waiting, this.#ticks, this.#moved] = [0, -measured, 0];
    this.#width = width;
  }

  /** @param rate Bytes a millisecond. */
  #measured(rate: number): boolean {
    const before = this.#before;
    this.#before = undefined;
    // The last one is kept, since it is there, but no more are tried.
    if (before !== undefined && this.#width > 1 && rate < gain * before) this.#most = this.#width;
    const isHeldBack = this.#nearest >= leastRoundTrip && rate * this.#nearest < smallFlight * this.#width;
    if (this.#width >= this.#most || !isHeldBack) return false;
    this.#before = rate;
    this.#waiting = patience;
    return true;
  }
}
