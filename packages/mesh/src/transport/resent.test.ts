import { ManualClock } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { numbered, sameBytes } from "../testing/linked.ts";
import { simulatedPair } from "../testing/simulated-channel.ts";
import { highMark } from "./channel.ts";
import { Counter } from "./counters.ts";
import { Delivery } from "./delivery.ts";
import { Inbox } from "./inbox.ts";
import { Lanes } from "./lanes.ts";
import { Outbox } from "./outbox.ts";
import { decodePacket, type Packet, Type } from "./packet.ts";
import { Unasked } from "./unasked.ts";

const mebibyte = 2 ** 20;

/** A sender and a receiver, and what they say to each other, in the order that a test chooses. */
class Scene {
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly arrived: Uint8Array[] = [];
  /** Packets of the sender, and of the receiver, that are under way. */
  readonly sent: Packet[] = [];
  readonly answers: Packet[] = [];
  /** Channels take no more. */
  isFull = false;
  readonly #clock = new ManualClock();

  constructor() {
    this.outbox = new Outbox(new Delivery(this.#clock));
    this.inbox = new Inbox(({ bytes }) => {
      const whole = new Uint8Array(bytes);
      return {
        write: (part, at) => whole.set(part, at),
        end: () => this.arrived.push(whole),
        fail: () => undefined,
      };
    }, new Unasked(this.#clock));
    this.outbox.attach(this.#lanes(this.sent));
    this.inbox.attach(this.#lanes(this.answers));
  }

  /** What waits in channels is under way. */
  turn(): void {
    this.#clock.advance(1);
  }

  /** Everything under way arrives, in order. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 400; turn++) {
      this.turn();
      for (const packet of this.sent.splice(0)) this.inbox.hear(packet);
      for (let wait = 0; wait < 8; wait++) await Promise.resolve();
      this.turn();
      for (const packet of this.answers.splice(0)) this.outbox.hear(packet);
    }
  }

  #lanes(into: Packet[]): Lanes {
    const channels = Array.from({ length: 2 }, () => {
      const { ends } = simulatedPair(this.#clock, 0);
      ends[1].onMessage((bytes) => into.push(decodePacket(bytes)));
      Object.defineProperty(ends[0], "waiting", { get: () => (this.isFull ? highMark : 0) });
      return ends[0];
    });
    const [control, bulk] = channels as [(typeof channels)[0], (typeof channels)[0]];
    return new Lanes({ control, bulk: [bulk] }, new Counter(), () => this.outbox.pump());
  }
}

describe("what is sent again since one of several ways has ended", () => {
  test("[RS1] credits for what was sent before make sense, and the stream arrives whole", async () => {
    const scene = new Scene();
    const bytes = numbered(8 * mebibyte);
    const whole = scene.outbox.send("there", bytes);
    for (let turn = 0; turn < 4; turn++) {
      scene.turn();
      for (const packet of scene.sent.splice(0)) scene.inbox.hear(packet);
      for (let wait = 0; wait < 40; wait++) await Promise.resolve();
      scene.turn();
      // The last credits are on their way when the way ends.
      if (turn < 3) for (const packet of scene.answers.splice(0)) scene.outbox.hear(packet);
    }
    const late = scene.answers.splice(0);
    expect(late.some(({ type }) => type === Type.credit)).toBe(true);
    scene.isFull = true;
    scene.outbox.again();
    for (const packet of late) scene.outbox.hear(packet);
    scene.isFull = false;
    scene.outbox.pump();
    await scene.settle();
    await whole;
    expect(scene.arrived.map((one) => sameBytes(one, bytes))).toEqual([true]);
  });

  test("[RS2] what comes a second time, after the stream has ended, is no offence; what nobody took is one", async () => {
    const scene = new Scene();
    const whole = scene.outbox.send("there", numbered(mebibyte));
    scene.turn();
    const early = scene.sent.filter(({ type }) => type === Type.data);
    await scene.settle();
    await whole;
    for (const packet of early) scene.inbox.hear(packet);
    expect(scene.arrived).toHaveLength(1);
    const [first] = early;
    if (first === undefined) throw new Error("nothing was sent");
    expect(() => scene.inbox.hear({ ...first, stream: 7 })).toThrow("did not open");
  });
});
