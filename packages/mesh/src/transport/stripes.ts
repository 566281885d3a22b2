import { aString, anObject, type Clock, type Decoder, Fault, oneOf } from "@tilebook/base";
import type { Channel } from "./channel.ts";
import { Dial, type DialWord } from "./dial.ts";
import { openStripe } from "./peer-connection.ts";

export interface StripesOptions {
  readonly clock: Clock;
  /** Makes a connection to the same peer. */
  readonly connection: () => RTCPeerConnection;
  /** Passes a word to the other side: over the link itself, so nobody between can change it. */
  readonly tell: (word: DialWord) => void;
  /** One more channel for bulk. `isOurs`: this side wanted it. What it gives is called when the connection fails. */
  readonly opened: (channel: Channel, isOurs: boolean) => () => void;
  readonly violation: (fault: Fault) => void;
}

export const aDialWord: Decoder<DialWord> = anObject({
  session: aString(40),
  kind: oneOf("offer", "answer", "candidate"),
  body: aString(12_000),
});

/** Attempts that each side may make in the life of a link's connection. */
const mostOffers = 3;
/** Milliseconds for an attempt: what it needs to say may wait behind bulk. */
const patience = 15_000;

/** Of a page, for all of its links: browsers refuse more than 500 connections. */
const mostInPage = 64;
let inPage = 0;

/** The connections of a link beside its first, by which bulk goes, too. Either side makes some; what they need to say for it goes over the link. */
export class Stripes {
  readonly #options: StripesOptions;
  readonly #dials = new Map<string, Dial<Channel>>();
  readonly #ends = new Map<string, () => void>();
  #offers = 0;
  #heard = 0;
  #isOver = false;
  /** Words are taken one after another: a candidate must not overtake its description. */
  #queue: Promise<void> = Promise.resolve();

  constructor(options: StripesOptions) {
    this.#options = options;
  }

  /** Tries to get one more, if there were not enough attempts. */
  widen(): void {
    if (this.#offers >= mostOffers) return;
    this.#offers += 1;
    const session = crypto.getRandomValues(new Uint32Array(3)).join("-");
    // What comes to nothing is one connection less.
    this.#dial(session, true)
      ?.offer()
      .catch(() => undefined);
  }

  /** A word of the other side. Throws `mesh/violation` where it wants too many. */
  hear(word: DialWord): void {
    if (word.kind === "offer") this.#heard += 1;
    if (this.#heard > mostOffers) throw new Fault("mesh/violation", "a peer wants too many connections");
    this.#queue = this.#queue.then(() => this.#take(word)).catch(() => undefined);
  }

  close(): void {
    this.#isOver = true;
    for (const end of Array.from(this.#ends.values())) end();
  }

  async #take({ session, kind, body }: DialWord): Promise<void> {
    const known = this.#dials.get(session);
    if (kind === "offer" && known === undefined) await this.#dial(session, false)?.hear(kind, body);
    else if (kind !== "offer") await known?.hear(kind, body);
  }

  /** Undefined where there are to be no more. */
  #dial(session: string, isOurs: boolean): Dial<Channel> | undefined {
    if (this.#isOver || inPage >= mostInPage) return undefined;
    const { clock, connection, tell, opened, violation } = this.#options;
    const made = connection();
    inPage += 1;
    const end = (): void => {
      if (!this.#ends.delete(session)) return;
      inPage -= 1;
      cancel();
      this.#dials.delete(session);
      dial.close();
    };
    const cancel = clock.after(patience, end);
    const dial = new Dial<Channel>({
      session,
      connection: made,
      tell,
      open: (to) => {
        to.addEventListener("datachannel", () =>
          violation(new Fault("mesh/violation", "a peer uses channels that are none of a link")),
        );
        return openStripe(to);
      },
      opened: (channel) => {
        cancel();
        const failed = opened(channel, isOurs);
        // A browser that finds a way gone does not close its channels by that.
        made.addEventListener("connectionstatechange", () => {
          if (made.connectionState !== "failed") return;
          failed();
          end();
        });
      },
    });
    this.#ends.set(session, end);
    this.#dials.set(session, dial);
    return dial;
  }
}
