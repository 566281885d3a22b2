import { type Clock, Fault } from "@tilebook/base";
import {
  checkGuest,
  checkProtocol,
  type Guest,
  type Hello,
  hostProof,
  newHello,
  type Seen,
} from "./handshake.ts";
import type { Identity } from "./identity.ts";
import type { Role } from "./room-link.ts";
import { aGuestWord, type GuestWord, type HostWord, type Refusal } from "./words.ts";

/** A guest has this long to prove itself. */
const patience = 10_000;

/** What a guest says of itself. */
export interface AboutGuest {
  readonly name: string;
  /** A number of its page: the same after a connection was lost, another after the page was loaded again. */
  readonly page: string;
}

export interface HostDoorOptions {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly secretOf: (role: Role) => Uint8Array<ArrayBuffer> | undefined;
  /** DTLS fingerprints of the connection. */
  readonly ends: { readonly guestEnd: string; readonly hostEnd: string };
  readonly tell: (word: HostWord) => void;
  /** The guest has proven who it is. */
  readonly proven: (guest: Guest, about: AboutGuest) => void;
  /** It has not, and the connection is to end. */
  readonly failed: (reason: Refusal) => void;
}

/** The host's side of one connection, until it is known who is there. */
export class HostDoor {
  readonly #options: HostDoorOptions;
  readonly #cancel: () => void;
  readonly #hello: Hello;
  #seen: Seen | undefined;
  #about: AboutGuest = { name: "", page: "" };
  #over = false;

  constructor(options: HostDoorOptions) {
    this.#options = options;
    this.#hello = newHello(options.identity);
    this.#cancel = options.clock.after(patience, () => this.#fail("slow"));
  }

  /** Hears a message of the connection. Faults of the handshake end it; so does anything that is none. */
  async hear(message: unknown): Promise<void> {
    if (this.#over) return;
    try {
      await this.#take(aGuestWord(message, "word"));
    } catch (error) {
      this.#fail(error instanceof Fault && error.code === "room/protocol" ? "protocol" : "unproven");
    }
  }

  close(): void {
    this.#over = true;
    this.#cancel();
  }

  async #take(word: GuestWord): Promise<void> {
    if (word.kind === "hello") return this.#greet(word.hello, word);
    if (this.#seen === undefined) throw new Fault("room/proof", "a proof before a hello");
    const guest = await checkGuest(this.#seen, word.proof, this.#options.secretOf);
    if (this.#over) return;
    this.close();
    this.#options.proven(guest, this.#about);
  }

  /** A guest repeats its hello until it is heard: the answer to the same one is the same. */
  async #greet(guest: Hello, { name, page }: AboutGuest): Promise<void> {
    checkProtocol(guest);
    const { identity, ends, tell } = this.#options;
    if (this.#seen !== undefined && this.#seen.guest.nonce !== guest.nonce)
      throw new Fault("room/proof", "a second hello");
    this.#about = { name, page };
    this.#seen = { room: identity.id, guest, host: this.#hello, ...ends };
    tell({ kind: "hello", hello: this.#hello, proof: await hostProof(identity, this.#seen) });
  }

  #fail(reason: Refusal): void {
    if (this.#over) return;
    this.close();
    this.#options.tell({ kind: "refused", reason, again: reason === "slow" });
    this.#options.failed(reason);
  }
}
