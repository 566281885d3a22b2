import type { Clock } from "@tilebook/base";
import type { KeyId } from "./identity.ts";
import { firstMembers, type HostSays } from "./room-words.ts";
import type { Present } from "./words.ts";

/** News are told together, so that 300 who come at once are not 90,000 messages. */
const every = 50;

/** Who came and who is gone, to be told to all who are in. */
export class MemberNews {
  readonly #clock: Clock;
  readonly #tell: (word: HostSays) => void;
  readonly #came = new Map<KeyId, Present>();
  readonly #gone = new Set<KeyId>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, tell: (word: HostSays) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  came(member: Present): void {
    this.#came.set(member.id, member);
    this.#soon();
  }

  gone(id: KeyId): void {
    this.#came.delete(id);
    this.#gone.add(id);
    this.#soon();
  }

  close(): void {
    this.#cancel?.();
  }

  #soon(): void {
    this.#cancel ??= this.#clock.after(every, () => this.now());
  }

  now(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const [members, ids] = [[...this.#came.values()], [...this.#gone]];
    this.#came.clear();
    this.#gone.clear();
    // Who went and came is told as both.
    while (ids.length > 0) this.#tell({ kind: "gone", ids: ids.splice(0, firstMembers) });
    while (members.length > 0) this.#tell({ kind: "came", members: members.splice(0, firstMembers) });
  }
}
