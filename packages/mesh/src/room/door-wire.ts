import { type Clock, Fault } from "@tilebook/base";
import type { Channels } from "../transport/lanes.ts";
import { farewell, mostMessage } from "../transport/link.ts";
import { decodePacket, encodePacket, Type } from "../transport/packet.ts";
import { Pace } from "../transport/pace.ts";

export interface DoorWireOptions {
  readonly clock: Clock;
  readonly channels: Channels;
  readonly heard: (message: unknown) => void;
  /** The connection is gone, or the other side says what nobody says at a door. */
  readonly broken: () => void;
}

/** Bytes of all that one says at a door: 500 hellos. Who waits there for a person says nothing. */
const mostSaid = 256 * 1024;

const empty = new Uint8Array(0);

/** What two say to each other at the door: messages as those of a link, which gets the channels afterwards. */
export class DoorWire {
  readonly #options: DoorWireOptions;
  readonly #pace: Pace;
  #said = 0;
  #over = false;

  constructor(options: DoorWireOptions) {
    this.#options = options;
    this.#pace = new Pace(options.clock);
    const { control, bulk } = options.channels;
    control.onMessage((bytes) => this.#hear(bytes));
    for (const channel of [control, ...bulk]) channel.onClose(() => this.#break());
  }

  tell(message: unknown): void {
    if (this.#over) return;
    const bytes = new TextEncoder().encode(JSON.stringify(message));
    this.#options.channels.control.send(
      encodePacket({ type: Type.message, stream: 0, offset: 0, bytes: bytes.slice() }),
    );
  }

  /** Hears and says nothing any more. The channels are the caller's. */
  release(): Channels {
    this.#over = true;
    return this.#options.channels;
  }

  /** Ends it; what was told before still arrives. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    const { clock, channels } = this.#options;
    const { control, bulk } = channels;
    control.send(encodePacket({ type: Type.bye, stream: 0, offset: 0, bytes: empty }));
    clock.after(farewell, () => {
      for (const channel of [control, ...bulk]) channel.close();
    });
  }

  #hear(bytes: Uint8Array): void {
    if (this.#over) return;
    try {
      this.#pace.count();
      this.#said += bytes.length;
      const packet = decodePacket(bytes);
      if (packet.type === Type.bye) return this.#break();
      if (packet.type !== Type.message || packet.bytes.length > mostMessage || this.#said > mostSaid)
        throw new Fault("mesh/violation", "a peer says at the door what nobody says there");
      this.#options.heard(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(packet.bytes)));
    } catch {
      this.#break();
    }
  }

  #break(): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.broken();
  }
}
