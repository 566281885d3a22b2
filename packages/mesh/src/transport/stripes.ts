import { aString, anObject, type Decoder, Fault, oneOf } from "@tilebook/base";
import type { Channel } from "./channel.ts";
import { Dial, type DialWord } from "./dial.ts";
import { openStripe } from "./peer-connection.ts";

export interface StripesOptions {
  /** Makes a connection to the same peer. */
  readonly connection: () => RTCPeerConnection;
  /** Passes a word to the other side: over the link itself, so nobody between can change it. */
  readonly tell: (word: DialWord) => void;
  /** One more channel for bulk. `isOurs`: this side wanted it. */
  readonly opened: (channel: Channel, isOurs: boolean) => void;
  readonly violation: (fault: Fault) => void;
}

export const aDialWord: Decoder<DialWord> = anObject({
  session: aString(40),
  kind: oneOf("offer", "answer", "candidate"),
  body: aString(12_000),
});

/** Attempts that one side may make in the life of a connection. */
const mostOffers = 8;

/** The connections of a link beside its first, by which bulk goes, too. Either side makes some; what they need to say for it goes over the link. */
export class Stripes {
  readonly #options: StripesOptions;
  readonly #dials = new Map<string, Dial<Channel>>();
  readonly #connections: RTCPeerConnection[] = [];
  #offers = 0;
  #heard = 0;
  /** Words are taken one after another: a candidate must not overtake its description. */
  #queue: Promise<void> = Promise.resolve();

  constructor(options: StripesOptions) {
    this.#options = options;
  }

  /** Tries to get one more. False where there were enough attempts. */
  widen(): boolean {
    if (this.#offers >= mostOffers) return false;
    this.#offers += 1;
    // What comes to nothing is one connection less. A page that has too many refuses to make another.
    this.#offer().catch(() => undefined);
    return true;
  }

  /** A word of the other side. Throws `mesh/violation` where it wants too many. */
  hear(word: DialWord): void {
    if (word.kind === "offer") this.#heard += 1;
    if (this.#heard > mostOffers) throw new Fault("mesh/violation", "a peer wants too many connections");
    this.#queue = this.#queue.then(() => this.#take(word)).catch(() => undefined);
  }

  close(): void {
    for (const dial of this.#dials.values()) dial.close();
    for (const connection of this.#connections.splice(0)) connection.close();
    this.#dials.clear();
  }

  async #offer(): Promise<void> {
    const session = crypto.getRandomValues(new Uint32Array(3)).join("-");
    await this.#dial(session, true).offer();
  }

  async #take({ session, kind, body }: DialWord): Promise<void> {
    const known = this.#dials.get(session);
    if (kind === "offer" && known === undefined) await this.#dial(session, false).hear(kind, body);
    else if (kind !== "offer") await known?.hear(kind, body);
  }

  #dial(session: string, isOurs: boolean): Dial<Channel> {
    const { connection, tell, opened, violation } = this.#options;
    const dial = new Dial({
      session,
      connection: connection(),
      tell,
      open: (made) => {
        made.addEventListener("datachannel", () =>
          violation(new Fault("mesh/violation", "a peer uses channels that are none of a link")),
        );
        return openStripe(made);
      },
      opened: (channel, made) => {
        this.#connections.push(made);
        opened(channel, isOurs);
      },
    });
    this.#dials.set(session, dial);
    return dial;
  }
}
