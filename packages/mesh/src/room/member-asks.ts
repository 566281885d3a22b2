import type { Clock } from "@tilebook/base";
import type { HostAsks, HostQuestion, PeerAnswer } from "../run/peer-news.ts";
import type { KeyId } from "./identity.ts";

interface Open {
  readonly id: KeyId;
  readonly resolve: (answer: PeerAnswer) => void;
}

/** What a host has asked its members, until they answer. */
export class MemberAsks {
  readonly #clock: Clock;
  readonly #tell: (id: KeyId, asks: HostAsks) => boolean;
  readonly #open = new Map<number, Open>();
  #next = 1;

  /** `tell` is false where there is nobody who could hear it. */
  constructor(clock: Clock, tell: (id: KeyId, asks: HostAsks) => boolean) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** What a member answers; nothing where it has not within `ms`, or where it cannot be told. */
  ask(id: KeyId, question: HostQuestion, ms: number): Promise<PeerAnswer | undefined> {
    const ask = this.#next++;
    return new Promise((resolve) => {
      const end = (): void => {
        this.#open.delete(ask);
        resolve(undefined);
      };
      const giveUp = this.#clock.after(ms, end);
      this.#open.set(ask, {
        id,
        resolve: (answer) => {
          giveUp();
          resolve(answer);
        },
      });
      if (this.#tell(id, { ...question, ask })) return;
      giveUp();
      end();
    });
  }

  /** Answers that nobody asked this member for are late, or made up: nothing happens. */
  hear(id: KeyId, answer: PeerAnswer): void {
    const open = this.#open.get(answer.ask);
    if (open?.id !== id) return;
    this.#open.delete(answer.ask);
    open.resolve(answer);
  }
}
