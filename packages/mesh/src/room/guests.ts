import type { KeyId } from "./identity.ts";
import type { Guest } from "./handshake.ts";
import type { Member, Refusal } from "./words.ts";

/** Who may come in. The host's page changes it at any time. */
export interface Policy {
  /** Guests come in by themselves; else each waits for a person. */
  readonly autoAdmit: boolean;
  /** Nobody new comes in. */
  readonly locked: boolean;
  /** The most guests, by whatever role. */
  readonly cap: number;
}

export const defaultPolicy: Policy = { autoAdmit: false, locked: false, cap: 300 };

/** Who comes back without a person, and who does not. */
export interface KeptGuests {
  readonly known: readonly KeyId[];
  readonly out: readonly KeyId[];
}

/** What the host's own device is called. */
const ownName = "this device";

const longestName = 60;
/** More than come to any room: anyone may make up keys. */
const mostKnown = 2_000;

/** Who is in now, by which name; or that it waits; or why not. */
export type Verdict = Member | "waiting" | Refusal;

/** The guest list of a room: who is in, who waits, who was put out. Pure; connections are someone else's. */
export class Guests {
  policy: Policy;
  readonly #in = new Map<KeyId, Member>();
  readonly #waiting = new Map<KeyId, Member>();
  readonly #out: Set<KeyId>;
  /** Who has been in before: they come back without a person, after a sleep or a reload. */
  readonly #known: Set<KeyId>;

  constructor(policy: Policy = defaultPolicy, kept: KeptGuests = { known: [], out: [] }) {
    this.policy = policy;
    this.#known = new Set(kept.known);
    this.#out = new Set(kept.out);
  }

  /** What a host has to remember, should its page be loaded again. */
  get kept(): KeptGuests {
    return { known: [...this.#known], out: [...this.#out] };
  }

  get members(): readonly Member[] {
    return [...this.#in.values()];
  }

  get waiting(): readonly Member[] {
    return [...this.#waiting.values()];
  }

  /** Someone has proven who it is. Whoever has the name of another gets it with a number. */
  knock({ id, role }: Guest, name: string): Verdict {
    const member = { id, name: this.#free(id, name), role };
    if (this.#out.has(id)) return "removed";
    const back = this.#in.has(id) || this.#known.has(id);
    if (this.policy.locked && !back) return "locked";
    if (!this.#in.has(id) && this.#in.size >= this.policy.cap) return "full";
    if (!back && !this.policy.autoAdmit) {
      this.#waiting.set(id, member);
      return "waiting";
    }
    this.#admit(member);
    return member;
  }

  /** A person lets someone in who waits. False where nobody does, or there is no room. */
  admit(id: KeyId): boolean {
    const member = this.#waiting.get(id);
    if (member === undefined || this.#in.size >= this.policy.cap) return false;
    this.#admit(member);
    return true;
  }

  /** A person does not let someone in. */
  decline(id: KeyId): void {
    this.#waiting.delete(id);
  }

  /** Puts someone out for as long as the room is open. */
  remove(id: KeyId): void {
    this.leave(id);
    this.#known.delete(id);
    this.#out.add(id);
  }

  /** Someone has gone, and may come back. */
  leave(id: KeyId): void {
    this.#waiting.delete(id);
    this.#in.delete(id);
  }

  /** Who was let in is in, though it may just have been taken for gone. */
  enter({ id, name, role }: Member): void {
    this.#admit({ id, name, role });
  }

  /** The name, or with a number: cells tell devices apart by it. */
  #free(id: KeyId, name: string): string {
    const others = [...this.members, ...this.waiting].filter((member) => member.id !== id);
    const taken = new Set([ownName, ...others.map((member) => member.name.toLowerCase())]);
    const wanted = name.trim() === "" ? "guest" : name.trim();
    let found = wanted;
    for (let next = 2; taken.has(found.toLowerCase()); next += 1)
      found = `${wanted.slice(0, longestName - 4)} ${next}`;
    return found;
  }

  #admit(member: Member): void {
    this.#waiting.delete(member.id);
    // Who was in last stands last.
    this.#known.delete(member.id);
    this.#known.add(member.id);
    const [oldest] = this.#known;
    if (this.#known.size > mostKnown && oldest !== undefined) this.#known.delete(oldest);
    this.#in.set(member.id, member);
  }
}
