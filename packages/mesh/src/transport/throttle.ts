import type { Clock, Random } from "@tilebook/base";
import { type Channel, lowMark } from "./channel.ts";

export interface LinkSpeed {
  /** Megabits a second; no limit by default. */
  readonly mbps?: number;
  /** Milliseconds on the way, in one direction. */
  readonly ms?: number;
  /** Share of packets of 1,200 bytes that are lost, 0 to 1. */
  readonly loss?: number;
}

const packetBytes = 1_200;

/** Bytes a millisecond at such a speed: with losses no more than 1.2 · 1,200 bytes / (round trip · √loss) (Mathis, Semke, Mahdavi & Ott 1997). */
export function rateOf({ mbps = Infinity, ms = 0, loss = 0 }: LinkSpeed): number {
  const trip = 2 * ms;
  const mathis = loss > 0 && trip > 0 ? (1.2 * packetBytes) / (trip * Math.sqrt(loss)) : Infinity;
  return Math.min((mbps * 1e6) / 8 / 1_000, mathis);
}

/**
 * One direction of a slow link: real bytes really wait. A bucket that all channels of a link share paces them; then each is on its way
 * for `ms`. What is urgent waits for no bulk, as channels of one connection take turns. A loss costs what it costs a reliable channel: a round trip until the
 * packet is there, while all of its channel behind it waits, and rate (`rateOf`).
 */
export class Throttle {
  readonly #clock: Clock;
  readonly #random: Random;
  #delay = 0;
  #loss = 0;
  /** Milliseconds that a byte takes. */
  #perByte = 0;
  #free = 0;
  /** The same for what is urgent. */
  #urgentFree = 0;

  constructor(speed: LinkSpeed, clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.set(speed);
  }

  /** From now on: what is under way already arrives as it was to. */
  set(speed: LinkSpeed): void {
    this.#delay = speed.ms ?? 0;
    this.#loss = speed.loss ?? 0;
    this.#perByte = 1 / rateOf(speed);
  }

  /** A channel as this link carries it. What arrives is not touched: the other side throttles what it sends. */
  over(channel: Channel, urgent = false): Channel {
    let arrived = 0;
    return new ThrottledChannel(channel, this.#clock, (bytes) => {
      const leaves = this.#leave(bytes, urgent);
      const hit = this.#random() < 1 - (1 - this.#loss) ** Math.ceil(bytes / packetBytes);
      arrived = Math.max(arrived, leaves + this.#delay + (hit ? 2 * this.#delay : 0));
      return { leaves, arrives: arrived };
    });
  }

  /** When a message of so many bytes has left this side. */
  #leave(bytes: number, urgent: boolean): number {
    const [now, took] = [this.#clock.now(), bytes * this.#perByte];
    this.#free = Math.max(now, this.#free) + took;
    if (!urgent) return this.#free;
    this.#urgentFree = Math.max(now, this.#urgentFree) + took;
    return this.#urgentFree;
  }
}

interface Times {
  readonly leaves: number;
  readonly arrives: number;
}

class ThrottledChannel implements Channel {
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #times: (bytes: number) => Times;
  readonly #room = new Set<() => void>();
  readonly #leaving: Line<number>;
  readonly #travelling: Line<Uint8Array<ArrayBuffer>>;
  #queued = 0;

  constructor(channel: Channel, clock: Clock, times: (bytes: number) => Times) {
    this.#channel = channel;
    this.#clock = clock;
    this.#times = times;
    this.#leaving = new Line(clock, (bytes) => this.#left(bytes));
    this.#travelling = new Line(clock, (bytes) => this.#channel.send(bytes));
    channel.onRoom(() => this.#tellRoom());
    channel.onClose(() => this.#forget());
  }

  get waiting(): number {
    return this.#queued + this.#channel.waiting;
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    const { leaves, arrives } = this.#times(bytes.length);
    if (arrives <= this.#clock.now() && this.#travelling.isEmpty) return this.#channel.send(bytes);
    this.#queued += bytes.length;
    this.#leaving.add(leaves, bytes.length);
    this.#travelling.add(arrives, bytes);
  }

  onRoom(listener: () => void): void {
    this.#room.add(listener);
  }

  onMessage(listener: (bytes: Uint8Array) => void): void {
    this.#channel.onMessage(listener);
  }

  onClose(listener: () => void): void {
    this.#channel.onClose(listener);
  }

  close(): void {
    this.#forget();
    this.#channel.close();
  }

  #left(bytes: number): void {
    this.#queued -= bytes;
    // Also where it was below before: the channel itself may have come down meanwhile, without a word.
    if (this.waiting <= lowMark) this.#tellRoom();
  }

  #tellRoom(): void {
    for (const listener of this.#room) listener();
  }

  #forget(): void {
    this.#leaving.clear();
    this.#travelling.clear();
  }
}

/** Things that are due one after another. One timer at a time: timers of their own would overtake each other by fractions of a millisecond. */
class Line<T> {
  readonly #clock: Clock;
  readonly #due: (thing: T) => void;
  #things: { readonly at: number; readonly thing: T }[] = [];
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, due: (thing: T) => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** `at` is never before that of the thing added last. */
  add(at: number, thing: T): void {
    this.#things.push({ at, thing });
    if (this.#cancel === undefined) this.#wait();
  }

  get isEmpty(): boolean {
    return this.#things.length === 0;
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#things = [];
  }

  #wait(): void {
    const [first] = this.#things;
    if (first === undefined) return;
    this.#cancel = this.#clock.after(Math.max(0, first.at - this.#clock.now()), () => this.#serve());
  }

  #serve(): void {
    const now = this.#clock.now();
    const later = this.#things.findIndex(({ at }) => at > now);
    const due = later < 0 ? this.#things : this.#things.slice(0, later);
    this.#things = later < 0 ? [] : this.#things.slice(later);
    for (const { thing } of due) this.#due(thing);
    this.#cancel = undefined;
    this.#wait();
  }
}
