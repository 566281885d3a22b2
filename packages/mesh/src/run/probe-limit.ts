import { type Clock, Fault } from "@tilebook/base";
import type { PeerId } from "./worker.ts";

/** Bytes of probes that one peer may send in a minute: those of eight new meshes. */
const most = 2 * 2 ** 20;
const minute = 60_000;

/** Holds peers to a little of what nobody keeps. */
export class ProbeLimit {
  readonly #clock: Clock;
  readonly #taken = new Map<PeerId, { readonly since: number; readonly bytes: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Fault `mesh/too-much`. */
  take(peer: PeerId, bytes: number): void {
    const now = this.#clock.now();
    const before = this.#taken.get(peer);
    const { since, bytes: taken } =
      before === undefined || now - before.since > minute ? { since: now, bytes: 0 } : before;
    if (taken + bytes > most)
      throw new Fault("mesh/too-much", "this link has been tried enough for a minute");
    this.#taken.set(peer, { since, bytes: taken + bytes });
  }
}
