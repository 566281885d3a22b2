import { ManualClock, seeded } from "@tilebook/base";
import { portableTarget } from "@tilebook/compiler";
import { openInterpreter } from "@tilebook/runtime";
import { describe, expect, test } from "vitest";
import { Linked } from "../testing/linked.ts";
import { Throttle } from "../transport/throttle.ts";
import { executorDevice } from "./device.ts";
import { probe } from "./probe.ts";
import { PeerWorker } from "./worker.ts";

/** A link whose first side sends as slowly as this. */
function slow(mbps: number): Linked {
  let throttle: Throttle | undefined;
  let sides = 0;
  return new Linked({
    over: (channel, clock) => {
      throttle ??= new Throttle({ mbps, ms: 10 }, clock, seeded(1));
      sides += 1;
      return sides <= 2 ? throttle.over(channel, sides === 1) : channel;
    },
  });
}

describe("trying a link", () => {
  test.each([
    [0.5, 2],
    [4, 14],
    [100, 16],
  ])("[PB1] of %d Mbit/s: at most %d pieces of 16 KB, by which its rate is seen", async (mbps, most) => {
    const linked = slow(mbps);
    await linked.run(600);
    const since = linked.clock.now();
    let took = NaN;
    const done = probe([linked.a.link], linked.clock).then(() => (took = linked.clock.now() - since));
    await linked.run(2_500);
    await done;
    expect(linked.b.arrived.length).toBeLessThanOrEqual(most);
    expect(took).toBeLessThanOrEqual(2_000);
    const rate = ((linked.a.link.delivery.rate ?? NaN) * 8) / 1_000;
    expect(rate / mbps).toBeGreaterThan(0.5);
    expect(rate / mbps).toBeLessThan(1.05);
  });

  test("[PB2] a link without a connection, or a peer that says no, keeps nobody waiting", async () => {
    const linked = slow(100);
    linked.a.link.pause();
    let isDone = false;
    void probe([linked.a.link], linked.clock).then(() => (isDone = true));
    await linked.run(1_990);
    expect(isDone).toBe(false);
    await linked.run(20);
    expect(isDone).toBe(true);
  });

  test("[PB3] a worker takes two megabytes of them a minute from each peer, whoever gives it work", () => {
    const clock = new ManualClock();
    const device = executorDevice(openInterpreter({ budgetBytes: 1, reason: "test" }), portableTarget);
    const worker = new PeerWorker({ device, budgetBytes: 1, drives: () => false, clock });
    const open = (peer: string): unknown =>
      worker.acceptFrom(peer)({ header: { kind: "probe" }, bytes: 2 ** 14 });
    for (let piece = 0; piece < 128; piece++) open("a");
    expect(() => open("a")).toThrow("tried enough");
    open("b");
    clock.advance(60_001);
    open("a");
  });
});
