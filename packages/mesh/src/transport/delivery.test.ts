import { type ManualClock, seeded } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { Linked } from "../testing/linked.ts";
import { type LinkSpeed, Throttle } from "./throttle.ts";

/** Two links, of which the first one's way out is as slow as said. */
function slowLink(speed: LinkSpeed): { readonly linked: Linked; readonly set: (speed: LinkSpeed) => void } {
  let throttle: Throttle | undefined;
  const over = (clock: ManualClock): Throttle => (throttle ??= new Throttle(speed, clock, seeded(1)));
  let sides = 0;
  const linked = new Linked({
    // Control and bulk of the first side come first, each time the two are connected.
    over: (channel, clock) => {
      const place = sides++ % 4;
      return place < 2 ? over(clock).over(channel, place === 0) : channel;
    },
  });
  return { linked, set: (now) => throttle?.set(now) };
}

/** Bytes a millisecond. */
const megabits = (mbps: number): number => (mbps * 1e6) / 8 / 1_000;

describe("how fast a link is", () => {
  test.each([8, 40, 200])("[DV1] %d Mbit/s are seen from streams, whatever their size", async (mbps) => {
    for (const bytes of [20_000, 100_000, 1_000_000]) {
      const { linked } = slowLink({ mbps, ms: 10 });
      await linked.run(1_200);
      const sent = linked.a.link.send("x", new Uint8Array(bytes));
      await linked.run(2_500);
      await sent;
      const { rate = NaN, trip = NaN } = linked.a.link.delivery;
      expect(rate / megabits(mbps)).toBeGreaterThan(0.6);
      expect(rate / megabits(mbps)).toBeLessThan(1.05);
      expect(trip).toBeGreaterThanOrEqual(10);
      expect(trip).toBeLessThan(14);
    }
  });

  test("[DV2] a receiver that takes its time makes it look no slower than it has been seen to be", async () => {
    const { linked } = slowLink({ mbps: 80, ms: 1 });
    await Promise.all([linked.a.link.send("x", new Uint8Array(300_000)), linked.run(200)]);
    const { rate } = linked.a.link.delivery;
    const { delivery } = linked.a.link;
    const mark = delivery.began();
    delivery.sent(20_000);
    await linked.run(5_000);
    delivery.arrived(20_000, mark);
    expect(delivery.rate).toBe(rate);
  });

  test("[DV3] what is seen of a link follows it, and is forgotten where it is said to be another", async () => {
    const { linked, set } = slowLink({ mbps: 80, ms: 1 });
    await Promise.all([linked.a.link.send("x", new Uint8Array(300_000)), linked.run(200)]);
    set({ mbps: 8, ms: 1 });
    await linked.run(11_000);
    await Promise.all([linked.a.link.send("x", new Uint8Array(300_000)), linked.run(500)]);
    const { delivery } = linked.a.link;
    expect((delivery.rate ?? NaN) / megabits(8)).toBeLessThan(1.4);
    delivery.forget();
    expect([delivery.rate, delivery.trip]).toEqual([undefined, undefined]);
  });

  test("[DV4] many streams one behind the other fill a long link, and make it look no faster than it is", async () => {
    const { linked } = slowLink({ mbps: 80, ms: 20 });
    await linked.run(1_200);
    const sent = Promise.all(
      Array.from({ length: 60 }, (_, at) => linked.a.link.send(at, new Uint8Array(30_000))),
    );
    await linked.run(600);
    await sent;
    const seen = (linked.a.link.delivery.rate ?? NaN) / megabits(80);
    expect(seen).toBeGreaterThan(0.8);
    expect(seen).toBeLessThan(1.05);
  });

  test("[DV5] streams that are stopped, or go on over the next connection, make no link look faster", async () => {
    const { linked } = slowLink({ mbps: 8, ms: 5 });
    const stop = new AbortController();
    const stopped = linked.a.link.send("x", new Uint8Array(2 ** 20), { signal: stop.signal });
    const goesOn = linked.a.link.send("y", new Uint8Array(500_000));
    await linked.run(100);
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ code: "mesh/cancelled" });
    await linked.run(100);
    linked.connect();
    await Promise.all([goesOn, linked.run(2_000)]);
    await Promise.all([linked.a.link.send("z", new Uint8Array(100_000)), linked.run(2_000)]);
    expect((linked.a.link.delivery.rate ?? NaN) / megabits(8)).toBeLessThan(1.05);
  });
});
