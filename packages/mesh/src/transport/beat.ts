import { type Clock, Fault } from "@tilebook/base";
import { type Packet, type PacketType, Type } from "./packet.ts";

/** Milliseconds between two beats. */
export const every = 500;
/** A peer that is silent for this long is gone: five beats, or eight round trips where those take longer, as between busy machines; but no longer than the last. */
const mostSilence = 2_500;
const lastSilence = 10_000;
/** Bytes that do not leave for this long, or eight round trips, are stuck. */
const mostStuck = 3_000;

interface BeatOptions {
  readonly clock: Clock;
  readonly send: (type: PacketType, offset: number) => void;
  /** Bytes that wait to be sent. */
  readonly stuck: () => number;
  /** Hears how long each answer took. */
  readonly answered: (ms: number) => void;
  /** Called at every beat, before anything is said. */
  readonly tick: () => void;
  readonly lost: (fault: Fault) => void;
}

/** Finds out that a peer is silent, or that a connection takes no bytes, long before the browser does (5 to 15 s). */
export class Beat {
  readonly #options: BeatOptions;
  readonly #asked = new Map<number, number>();
  #cancel: () => void;
  #heard: number;
  #moved: number;
  #waiting = 0;
  #next = 1;
  #due: number;
  roundTrip: number | undefined;

  constructor(options: BeatOptions) {
    this.#options = options;
    const now = options.clock.now();
    this.#heard = now;
    this.#moved = now;
    this.#due = now + every;
    this.#cancel = options.clock.after(every, () => this.#tick());
  }

  /** Something of the peer arrived. */
  alive(): void {
    this.#heard = this.#options.clock.now();
  }

  hear({ type, offset }: Packet): void {
    if (type === Type.ping) return this.#options.send(Type.pong, offset);
    const asked = this.#asked.get(offset);
    if (asked === undefined) return;
    this.#asked.clear();
    const took = this.#options.clock.now() - asked;
    this.#options.answered(took);
    this.roundTrip = this.roundTrip === undefined ? took : 0.75 * this.roundTrip + 0.25 * took;
  }

  stop(): void {
    this.#cancel();
  }

  #tick(): void {
    const { clock, send, lost, tick } = this.#options;
    tick();
    const now = clock.now();
    // A page that was frozen or asleep has heard nobody: that says nothing about them.
    if (now - this.#due > mostSilence / 2) this.#heard = this.#moved = now;
    const waiting = this.#options.stuck();
    if (waiting === 0 || waiting !== this.#waiting) this.#moved = now;
    this.#waiting = waiting;
    if (now - this.#heard > Math.min(lastSilence, Math.max(mostSilence, 8 * (this.roundTrip ?? 0))))
      return lost(
        new Fault("mesh/silent", `the peer has been silent for ${Math.round(now - this.#heard)} ms`),
      );
    if (now - this.#moved > Math.max(mostStuck, 8 * (this.roundTrip ?? 0)))
      return lost(new Fault("mesh/silent", "the connection takes no more bytes"));
    this.#asked.set(this.#next, now);
    send(Type.ping, this.#next++);
    this.#due = now + every;
    this.#cancel = clock.after(every, () => this.#tick());
  }
}
