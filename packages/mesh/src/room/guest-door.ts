import { type Clock, Fault } from "@tilebook/base";
import { checkHost, checkHostProof, guestProof, type Hello, newHello } from "./handshake.ts";
import type { Identity } from "./identity.ts";
import type { RoomLink } from "./room-link.ts";
import { aHostWord, type GuestWord, type HostWord, type Refusal } from "./words.ts";

/** A hello is said again until it is heard: the other side may not have opened its channels yet. */
const again = 200;
/** A host has this long to prove itself. */
const patience = 10_000;

export type Admitted = Extract<HostWord, { readonly kind: "admitted" }>;

export interface GuestDoorOptions {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly link: RoomLink;
  readonly name: string;
  /** As `AboutGuest.page`. */
  readonly page: string;
  readonly ends: { readonly guestEnd: string; readonly hostEnd: string };
  readonly tell: (word: GuestWord) => void;
  readonly waiting: () => void;
  readonly admitted: (word: Admitted) => void;
  /** The host does not let it in. With `again`, it may knock again later. */
  readonly refused: (reason: Refusal, again: boolean) => void;
  /** The other side is not the host, or is silent: Fault `room/host`, `room/proof`, `room/protocol`, `room/silent`, or `decode/...`. */
  readonly failed: (fault: Fault) => void;
}

/** A guest's side of the connection to its host, until it is in. It says what it is only to who has proven to be the host. */
export class GuestDoor {
  readonly #options: GuestDoorOptions;
  readonly #hello: Hello;
  readonly #start: number;
  #cancel: () => void = () => undefined;
  #state: "greeting" | "proving" | "knocking" | "over" = "greeting";

  constructor(options: GuestDoorOptions) {
    this.#options = options;
    this.#hello = newHello(options.identity);
    this.#start = options.clock.now();
    this.#greet();
  }

  async hear(message: unknown): Promise<void> {
    if (this.#state === "over") return;
    try {
      await this.#take(aHostWord(message, "word"));
    } catch (error) {
      this.#fail(error instanceof Fault ? error : new Fault("room/proof", String(error), { cause: error }));
    }
  }

  close(): void {
    this.#state = "over";
    this.#cancel();
  }

  #greet(): void {
    const { clock, tell, name, page } = this.#options;
    if (clock.now() - this.#start > patience)
      return this.#fail(
        new Fault("room/silent", "the host does not answer", { hint: "is its page still open?" }),
      );
    tell({ kind: "hello", hello: this.#hello, name, page });
    this.#cancel = clock.after(again, () => this.#greet());
  }

  async #take(word: HostWord): Promise<void> {
    if (word.kind === "refused") {
      this.close();
      return this.#options.refused(word.reason, word.again);
    }
    if (word.kind === "hello") return this.#prove(word);
    if (this.#state !== "knocking") throw new Fault("room/proof", "the host lets in whom it does not know");
    if (word.kind === "waiting") return this.#options.waiting();
    this.close();
    this.#options.admitted(word);
  }

  async #prove({ hello: host, proof }: Extract<HostWord, { readonly kind: "hello" }>): Promise<void> {
    if (this.#state !== "greeting") return;
    this.#state = "proving";
    this.#cancel();
    const { identity, link, ends, tell } = this.#options;
    const seen = { room: link.room, guest: this.#hello, host, ...ends };
    await checkHost(seen);
    await checkHostProof(seen, proof);
    const mine = await guestProof(identity, seen, link);
    if (this.#isOver()) return;
    this.#state = "knocking";
    tell({ kind: "proof", proof: mine });
  }

  #isOver(): boolean {
    return this.#state === "over";
  }

  #fail(fault: Fault): void {
    if (this.#state === "over") return;
    this.close();
    this.#options.failed(fault);
  }
}
