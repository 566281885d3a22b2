import { type Clock, Fault } from "@tilebook/base";
import type { Channels } from "../transport/lanes.ts";
import { openChannels } from "../transport/peer-connection.ts";
import { DoorWire } from "./door-wire.ts";
import { endsOf } from "./ends.ts";
import { type Admitted, GuestDoor } from "./guest-door.ts";
import type { Identity } from "./identity.ts";
import { closeSoon } from "./peer-link.ts";
import type { RoomLink } from "./room-link.ts";
import type { Refusal } from "./words.ts";

export interface GuestArrivalOptions {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly link: RoomLink;
  readonly name: string;
  readonly page: string;
  readonly waiting: () => void;
  readonly admitted: (channels: Channels, word: Admitted) => void;
  readonly refused: (reason: Refusal, again: boolean) => void;
  /** Whoever it is does not let in, or is gone: Faults of `GuestDoorOptions.failed`, and `mesh/closed`. */
  readonly failed: (fault: Fault) => void;
}

/** A connection to someone who may be the host, as a guest has it until it is in. */
export class GuestArrival {
  readonly connection: RTCPeerConnection;
  readonly #options: GuestArrivalOptions;
  #wire: DoorWire | undefined;
  #door: GuestDoor | undefined;
  #isOver = false;

  constructor(connection: RTCPeerConnection, options: GuestArrivalOptions) {
    this.connection = connection;
    this.#options = options;
    this.#open().catch((error: unknown) =>
      this.#fail(error instanceof Fault ? error : new Fault("mesh/closed", String(error), { cause: error })),
    );
  }

  /** Leaves it, and tells nobody. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#door?.close();
    this.#wire?.close();
    closeSoon(this.#options.clock, this.connection);
  }

  async #open(): Promise<void> {
    const { clock, identity, link, name, page, waiting, admitted, refused } = this.#options;
    const channels = await openChannels(this.connection);
    if (this.#isOver) return;
    const { mine, theirs } = endsOf(this.connection);
    this.#wire = new DoorWire({
      clock,
      channels,
      heard: (message) => void this.#door?.hear(message),
      broken: () => this.#fail(new Fault("mesh/closed", "the connection was closed at the door")),
    });
    this.#door = new GuestDoor({
      clock,
      identity,
      link,
      name,
      page,
      ends: { guestEnd: mine, hostEnd: theirs },
      tell: (word) => this.#wire?.tell(word),
      waiting,
      admitted: (word) => {
        this.#isOver = true;
        this.#wire?.release();
        admitted(channels, word);
      },
      refused: (reason, again) => {
        this.close();
        refused(reason, again);
      },
      failed: (fault) => this.#fail(fault),
    });
  }

  #fail(fault: Fault): void {
    if (this.#isOver) return;
    this.close();
    this.#options.failed(fault);
  }
}
