import { type Clock, Fault } from "@tilebook/base";
import type { Channels } from "../transport/lanes.ts";
import { openChannels, violation } from "../transport/peer-connection.ts";
import { DoorWire } from "./door-wire.ts";
import { endsOf } from "./ends.ts";
import type { Guest } from "./handshake.ts";
import { type AboutGuest, HostDoor } from "./host-door.ts";
import type { Identity } from "./identity.ts";
import { closeSoon } from "./peer-link.ts";
import type { Role } from "./room-link.ts";
import type { HostWord, Refusal } from "./words.ts";

export interface ArrivalOptions {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly secretOf: (role: Role) => Uint8Array<ArrayBuffer> | undefined;
  /** The guest has proven who it is. */
  readonly proven: (arrival: Arrival, guest: Guest, about: AboutGuest) => void;
  /** The connection is over before the guest was in. */
  readonly over: (arrival: Arrival) => void;
}

/** A connection has this long to open its channels. */
const patience = 10_000;
const gone: ReadonlySet<RTCPeerConnectionState> = new Set(["disconnected", "failed", "closed"]);

/** A connection to someone who is not in yet, as the host has it. */
export class Arrival {
  readonly connection: RTCPeerConnection;
  readonly #options: ArrivalOptions;
  #wire: DoorWire | undefined;
  #door: HostDoor | undefined;
  readonly #cancel: () => void;
  #isOver = false;

  constructor(connection: RTCPeerConnection, options: ArrivalOptions) {
    this.connection = connection;
    this.#options = options;
    connection.addEventListener(violation, () => this.#end());
    // Nobody beats at the door: who is not there any more does not go on waiting. Who is, knocks again.
    connection.addEventListener("connectionstatechange", () => {
      if (gone.has(connection.connectionState)) this.#end();
    });
    this.#cancel = options.clock.after(patience, () => this.#end());
    this.#open().catch(() => this.#end());
  }

  tell(word: HostWord): void {
    this.#wire?.tell(word);
  }

  /** The guest is in: its channels are for a link from now on. */
  release(): Channels {
    this.#isOver = true;
    const channels = this.#wire?.release();
    if (channels === undefined) throw new Fault("mesh/closed", "the connection was never open");
    return channels;
  }

  refuse(reason: Refusal, again: boolean): void {
    this.tell({ kind: "refused", reason, again });
    this.#end();
  }

  async #open(): Promise<void> {
    const { clock, identity, secretOf, proven } = this.#options;
    const channels = await openChannels(this.connection);
    this.#cancel();
    if (this.#isOver) return;
    const { mine, theirs } = endsOf(this.connection);
    this.#wire = new DoorWire({
      clock,
      channels,
      heard: (message) => void this.#door?.hear(message),
      broken: () => this.#end(),
    });
    this.#door = new HostDoor({
      clock,
      identity,
      secretOf,
      ends: { guestEnd: theirs, hostEnd: mine },
      tell: (word) => this.tell(word),
      proven: (guest, about) => proven(this, guest, about),
      failed: () => this.#end(),
    });
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancel();
    this.#door?.close();
    this.#wire?.close();
    closeSoon(this.#options.clock, this.connection);
    this.#options.over(this);
  }
}
