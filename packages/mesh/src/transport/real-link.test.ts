import { realClock } from "@tilebook/base";
import { afterAll, describe, expect, test } from "vitest";
import { numbered, sameBytes } from "../testing/linked.ts";
import { connectByWebRtc, endConnections } from "../testing/web-rtc.ts";
import { Link } from "./link.ts";

afterAll(() => endConnections());

interface Peer {
  readonly link: Link;
  readonly arrived: Uint8Array[];
  readonly lost: Promise<string>;
}

function peer(): Peer {
  const arrived: Uint8Array[] = [];
  let gone: ((code: string) => void) | undefined;
  const lost = new Promise<string>((resolve) => (gone = resolve));
  const link = new Link({
    clock: realClock,
    accept: ({ bytes }) => {
      const whole = new Uint8Array(bytes);
      return {
        write: (part, at) => whole.set(part, at),
        end: () => arrived.push(whole),
        fail: () => undefined,
      };
    },
    heard: () => undefined,
    lost: ({ code }) => gone?.(code),
  });
  return { link, arrived, lost };
}

describe("a link over WebRTC", { retry: 1 }, () => {
  test("[L12] streams both ways at once arrive whole", async () => {
    const [a, b] = [peer(), peer()];
    const connections = await connectByWebRtc(a.link, b.link);
    const sent = [
      a.link.send("there", numbered(8 * 2 ** 20, 1)),
      b.link.send("back", numbered(5 * 2 ** 20, 2)),
    ];
    await Promise.all(sent);
    expect(b.arrived.map((bytes) => sameBytes(bytes, numbered(8 * 2 ** 20, 1)))).toEqual([true]);
    expect(a.arrived.map((bytes) => sameBytes(bytes, numbered(5 * 2 ** 20, 2)))).toEqual([true]);
    expect(a.link.traffic.sent.payload).toBe(8 * 2 ** 20);
    a.link.close();
    await expect(b.lost).resolves.toBe("mesh/left");
    for (const connection of connections) connection.close();
  });

  test("[L13] a connection that is closed in the middle: the stream ends over the next one", async () => {
    const [a, b] = [peer(), peer()];
    const [mine, theirs] = await connectByWebRtc(a.link, b.link);
    const sent = a.link.send("there", numbered(32 * 2 ** 20), { progress: () => mine.close() });
    await Promise.all([a.lost, b.lost]);
    const again = await connectByWebRtc(a.link, b.link);
    await sent;
    expect(b.arrived.map((bytes) => sameBytes(bytes, numbered(32 * 2 ** 20)))).toEqual([true]);
    expect(a.link.traffic.sent.payload).toBeLessThan(48 * 2 ** 20);
    a.link.close();
    for (const connection of [theirs, ...again]) connection.close();
  });
});
