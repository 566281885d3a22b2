import { realClock, seeded } from "@tilebook/base";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectThrough, emulatedConnection } from "../testing/connect-through.ts";
import { numbered, sameBytes } from "../testing/linked.ts";
import { UdpEmulator, type WayOptions } from "../testing/udp-emulator.ts";
import { endConnections, shortQueues } from "../testing/web-rtc.ts";
import { Link } from "./link.ts";
import { openChannels } from "./peer-connection.ts";

beforeAll(() => shortQueues());
afterAll(() => endConnections());

/** Two links over an emulated way each, which can have more connections, over ways of their own. */
class Wide {
  readonly links: readonly [Link, Link];
  readonly arrived: Uint8Array[] = [];
  readonly lost: string[] = [];
  /** By side: connections beside the first. */
  readonly more: readonly [RTCPeerConnection[], RTCPeerConnection[]] = [[], []];
  readonly #ways: UdpEmulator[];

  constructor(way: WayOptions) {
    this.#ways = Array.from({ length: 9 }, (_, at) => new UdpEmulator(way, seeded(at + 1)));
    this.links = [this.#link(0), this.#link(1)];
  }

  async open(): Promise<void> {
    for (const way of this.#ways) await way.open();
    const { opened } = await connectThrough(openChannels, this.#ways[0]);
    this.links[0].attach(opened[0]);
    this.links[1].attach(opened[1]);
    // The way is known before it is full.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
  }

  /** Sends one stream after another until they go over two connections: Node's connections let what is short wait for all bulk before it. */
  async widen(): Promise<void> {
    for (let sent = 0; sent < 8 && this.links[0].width < 2; sent++)
      await this.links[0].send("more", numbered(1.5 * 2 ** 20));
  }

  /** All connections but the first are cut off, and nobody is told. */
  pull(): void {
    for (const way of this.#ways.splice(1)) way.close();
  }

  close(): void {
    for (const link of this.links) link.close();
    for (const way of this.#ways.splice(0)) way.close();
  }

  #link(side: 0 | 1): Link {
    return new Link({
      clock: realClock,
      accept: ({ bytes }) => {
        const whole = new Uint8Array(bytes);
        return {
          write: (part, at) => whole.set(part, at),
          end: () => this.arrived.push(whole),
          fail: () => undefined,
        };
      },
      heard: () => undefined,
      lost: ({ code }) => this.lost.push(code),
      connection: () => {
        const way = this.#ways[this.more[side].length + 1];
        if (way === undefined) throw new RangeError("there are no more ways");
        const made = emulatedConnection(side, way);
        this.more[side].push(made);
        return made;
      },
    });
  }
}

const empty = new Uint8Array(0);
const lossy = { ms: 20, loss: 0.02 };

describe.concurrent("a link over several connections", { retry: 1, timeout: 90_000 }, () => {
  test.each([
    ["is closed", (wide: Wide) => wide.more[0].forEach((connection) => connection.close())],
    ["has its cable pulled", (wide: Wide) => wide.pull()],
  ])(
    "[ST1] held back by losses it goes over more, and streams arrive whole, also if one of these %s",
    async (_, end) => {
      const wide = new Wide(lossy);
      await wide.open();
      await wide.widen();
      expect(wide.links[0].width).toBeGreaterThan(1);
      const [first, second] = [numbered(2 ** 20, 1), numbered(2 * 2 ** 20, 2)];
      const before = wide.links[0].traffic.sent.payload;
      await wide.links[0].send("there", first);
      expect(sameBytes(wide.arrived.at(-1) ?? empty, first)).toBe(true);
      expect(wide.links[0].traffic.sent.payload - before).toBe(first.length);
      let taken = 0;
      const progress = (now: number): void => {
        if (taken === 0) end(wide);
        taken = now;
      };
      await wide.links[0].send("there", second, { progress });
      expect(taken).toBe(second.length);
      expect(sameBytes(wide.arrived.at(-1) ?? empty, second)).toBe(true);
      expect(wide.links[0].width).toBe(1);
      expect(wide.lost).toEqual([]);
      wide.close();
    },
  );
});
