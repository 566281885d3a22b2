import { realClock } from "@tilebook/base";
import { cleanup } from "node-datachannel";
import { RTCPeerConnection as NodeConnection } from "node-datachannel/polyfill";
import { afterAll, describe, expect, test } from "vitest";
import { numbered, sameBytes } from "../testing/linked.ts";
import { Link } from "./link.ts";
import { openChannels } from "./peer-connection.ts";

afterAll(() => cleanup());

interface Peer {
  readonly connection: RTCPeerConnection;
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
  return { connection: open(), link, arrived, lost };
}

/** The same interface as a browser's; only its private fields differ. */
function open(): RTCPeerConnection {
  return new NodeConnection({ iceServers: [] }) as unknown as RTCPeerConnection;
}

/** Connects two by offer and answer, whose candidates are passed on as they come. */
async function connect(a: Peer, b: Peer): Promise<void> {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.connection.addEventListener("icecandidate", ({ candidate }) => {
      // A connection that a test has closed takes no candidates.
      if (candidate !== null) to.connection.addIceCandidate(candidate).catch(() => undefined);
    });
  }
  const channels = [openChannels(a.connection), openChannels(b.connection)] as const;
  const offer = await a.connection.createOffer();
  await a.connection.setLocalDescription(offer);
  await b.connection.setRemoteDescription(offer);
  const answer = await b.connection.createAnswer();
  await b.connection.setLocalDescription(answer);
  await a.connection.setRemoteDescription(answer);
  const [left, right] = await Promise.all(channels);
  a.link.attach(left);
  b.link.attach(right);
}

describe("a link over WebRTC", () => {
  test("[L12] streams both ways at once arrive whole, over one connection after another", async () => {
    const [a, b] = [peer(), peer()];
    await connect(a, b);
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
    a.connection.close();
    b.connection.close();
  });

  test("[L13] a connection that is closed in the middle: the stream ends over the next one", async () => {
    const [a, b] = [peer(), peer()];
    await connect(a, b);
    const sent = a.link.send("there", numbered(32 * 2 ** 20), { progress: () => a.connection.close() });
    await Promise.all([a.lost, b.lost]);
    const again = { ...a, connection: open() };
    const there = { ...b, connection: open() };
    await connect(again, there);
    await sent;
    expect(b.arrived.map((bytes) => sameBytes(bytes, numbered(32 * 2 ** 20)))).toEqual([true]);
    expect(a.link.traffic.sent.payload).toBeLessThan(48 * 2 ** 20);
    a.link.close();
    for (const { connection } of [b, again, there]) connection.close();
  });
});
