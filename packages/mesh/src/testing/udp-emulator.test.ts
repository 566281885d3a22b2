import { realClock, seeded } from "@tilebook/base";
import { afterAll, describe, expect, test } from "vitest";
import { Link } from "../transport/link.ts";
import { openChannels } from "../transport/peer-connection.ts";
import { connectThrough } from "./connect-through.ts";
import { numbered, sameBytes } from "./linked.ts";
import { UdpEmulator } from "./udp-emulator.ts";
import { endConnections } from "./web-rtc.ts";

afterAll(endConnections);

function sideOf(arrived: Uint8Array[]): Link {
  return new Link({
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
    lost: () => undefined,
  });
}

describe("a link over an emulated way", { retry: 1 }, () => {
  test("[UE1] 20 ms, 1 % loss and 50 Mbit/s: what is sent both ways at once arrives as it was", async () => {
    const emulator = new UdpEmulator({ ms: 20, jitter: 2, loss: 0.01, mbps: 50 }, seeded(7));
    await emulator.open();
    const { opened, connections } = await connectThrough(openChannels, emulator);
    const arrived: [Uint8Array[], Uint8Array[]] = [[], []];
    const [a, b] = [sideOf(arrived[0]), sideOf(arrived[1])];
    a.attach(opened[0]);
    b.attach(opened[1]);
    const [there, back] = [numbered(600_000, 1), numbered(300_000, 2)];
    await Promise.all([a.send("there", there), b.send("back", back)]);
    expect([arrived[1].length, arrived[0].length]).toEqual([1, 1]);
    expect(sameBytes(arrived[1][0] ?? new Uint8Array(0), there)).toBe(true);
    expect(sameBytes(arrived[0][0] ?? new Uint8Array(0), back)).toBe(true);
    // All of it went through the emulator, which did lose some.
    expect(emulator.counts.passed).toBeGreaterThan(900_000 / 1_300);
    expect(emulator.counts.dropped).toBeGreaterThan(0);
    a.close();
    for (const connection of connections) connection.close();
    emulator.close();
  });
});
