import { type Clock, Fault } from "@tilebook/base";
import type { KeyId } from "./identity.ts";
import type { HostSays } from "./room-words.ts";

interface Asked {
  /** Who has not answered yet. */
  readonly left: Set<KeyId>;
  readonly missing: string[];
  readonly resolve: () => void;
  readonly reject: (fault: Fault) => void;
  readonly cancel: () => void;
}

/** Longer than members try. */
const patience = 20_000;

/** What a host has asked members to be: linked with each other. */
export class Togethers {
  readonly #clock: Clock;
  readonly #tell: (peer: KeyId, word: HostSays) => boolean;
  readonly #asked = new Map<number, Asked>();
  #next = 1;

  constructor(clock: Clock, tell: (peer: KeyId, word: HostSays) => boolean) {
    this.#clock = clock;
    this.#tell = tell;
  }

  ask(ids: readonly KeyId[]): Promise<void> {
    if (ids.length < 2) return Promise.resolve();
    const ask = this.#next++;
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(patience, () => this.#settle(ask));
      this.#asked.set(ask, { left: new Set(ids), missing: [], resolve, reject, cancel });
      for (const id of ids) if (!this.#tell(id, { kind: "together", ask, ids })) this.linked(id, ask, [id]);
    });
  }

  /** A member has its links, but for those to `missing`. */
  linked(id: KeyId, ask: number, missing: readonly KeyId[]): void {
    const asked = this.#asked.get(ask);
    if (asked?.left.delete(id) !== true) return;
    asked.missing.push(...missing.map((other) => (other === id ? id : `${id} - ${other}`)));
    if (asked.left.size === 0) this.#settle(ask);
  }

  /** A member is not there any more. */
  gone(id: KeyId): void {
    for (const ask of this.#asked.keys()) this.linked(id, ask, [id]);
  }

  close(): void {
    for (const ask of this.#asked.keys()) this.#settle(ask);
  }

  #settle(ask: number): void {
    const asked = this.#asked.get(ask);
    if (asked === undefined) return;
    this.#asked.delete(ask);
    asked.cancel();
    const missing = [...asked.missing, ...asked.left];
    if (missing.length === 0) return asked.resolve();
    asked.reject(
      new Fault("mesh/no-link", `these peers cannot reach each other: ${missing.join(", ")}`, {
        hint: "some networks keep their stations apart: connect the devices by another one, or compute with fewer",
      }),
    );
  }
}
