import { Fault, ManualClock, seeded } from "@tilebook/base";
import { array, assert, asyncProperty, constantFrom, integer, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { Linked, numbered, sameBytes } from "../testing/linked.ts";
import { simulatedPair } from "../testing/simulated-channel.ts";
import { Link } from "./link.ts";
import { Priority } from "./outbox.ts";
import { encodePacket, mostPayload, Type } from "./packet.ts";
import { Throttle } from "./throttle.ts";
import { initialWindow, mostStreams } from "./windows.ts";

const kilobyte = 1024;

describe("a link", () => {
  test("[L1] streams of any sizes arrive whole, over any number of channels", async () => {
    const sizes = array(integer({ min: 0, max: 900 * kilobyte }), { minLength: 1, maxLength: 6 });
    await assert(
      asyncProperty(
        record({ sizes, bulk: integer({ min: 1, max: 3 }), ms: constantFrom(1, 7) }),
        async (one) => {
          const linked = new Linked(one);
          const sent = one.sizes.map((size, index) => linked.a.link.send({ index }, numbered(size, index)));
          await linked.run(400);
          await Promise.all(sent);
          expect(wholeOf(linked, one.sizes)).toEqual(one.sizes.map(() => true));
          const payload = one.sizes.reduce((sum, size) => sum + size, 0);
          expect(linked.a.link.traffic.sent.payload).toBe(payload);
          expect(linked.b.link.traffic.received.payload).toBe(payload);
        },
      ),
      { numRuns: 20 },
    );
  });

  test("[L2] a receiver that does not take bytes stops the sender at its window", async () => {
    let take: (() => void) | undefined;
    const slow = {
      write: () => new Promise<void>((done) => (take = done)),
      end: () => "all",
      fail: () => undefined,
    };
    const linked = new Linked({ accept: () => slow });
    const sent = linked.a.link.send(null, numbered(4 * 2 ** 20));
    await linked.run(200);
    // Packets are whole: what does not fit waits.
    const fits = initialWindow - (initialWindow % mostPayload);
    expect(linked.b.link.held).toBe(fits);
    expect(linked.a.link.traffic.sent.payload).toBe(fits);
    for (let turn = 0; turn < 200; turn++) {
      take?.();
      await linked.run(4);
    }
    await expect(sent).resolves.toBe("all");
  });

  test("[L3] the answer of a stream comes back, and a refusal is the sender's fault", async () => {
    const linked = new Linked({
      accept: ({ header }) => {
        if (header === "no") throw new Fault("mesh/quota", "no room", { hint: "send less" });
        return { write: () => undefined, end: () => ({ got: header }), fail: () => undefined };
      },
    });
    const refused = linked.a.link.send("no", numbered(3 * 2 ** 20)).catch((error: unknown) => error);
    const taken = linked.a.link.send("yes", numbered(1000));
    await linked.run(50);
    await expect(taken).resolves.toEqual({ got: "yes" });
    expect(await refused).toMatchObject({ code: "mesh/quota", message: "no room", hint: "send less" });
    expect(linked.a.losses).toEqual([]);
    expect(linked.a.link.traffic.sent.payload).toBeLessThanOrEqual(initialWindow + 1000);
  });

  test("[L4] a sink that fails in the middle refuses, and the link goes on", async () => {
    const linked = new Linked({
      accept: () => ({
        write: (_, offset) => {
          if (offset > 0) throw new Fault("mesh/full", "the disk is full");
        },
        end: () => null,
        fail: () => undefined,
      }),
    });
    await Promise.all([
      expect(linked.a.link.send(1, numbered(2 ** 20))).rejects.toMatchObject({ code: "mesh/full" }),
      linked.run(60),
    ]);
    await Promise.all([linked.a.link.send(2, numbered(10)), linked.run(20)]);
    expect(linked.b.losses).toEqual([]);
  });

  test("[L5] where a cable is pulled, both know after 2.5 s, and streams go on over the next connection", async () => {
    const linked = new Linked({ ms: 5, bulk: 2 });
    const sizes = [5 * 2 ** 20, 10, 0, 300 * kilobyte];
    const sent = sizes.map((size, index) => linked.a.link.send({ index }, numbered(size, index)));
    await linked.run(32);
    linked.cut();
    sent.push(linked.a.link.send({ index: 4 }, numbered(77, 4)));
    await linked.run(3_200);
    expect([linked.a.losses, linked.b.losses]).toMatchObject([
      [{ code: "mesh/silent" }],
      [{ code: "mesh/silent" }],
    ]);
    linked.connect();
    await linked.run(400);
    await Promise.all(sent);
    expect(wholeOf(linked, [...sizes, 77])).toEqual([true, true, true, true, true]);
    // What was on its way when the cable was pulled went twice, and no more than that.
    const twice = linked.a.link.traffic.sent.payload - sizes.reduce((sum, size) => sum + size, 77);
    expect(twice).toBeGreaterThanOrEqual(0);
    expect(twice).toBeLessThan(3 * 2 ** 20);
  });

  test("[L12] a peer that answers slowly may be silent for longer: eight round trips, and not for ever", async () => {
    const linked = new Linked({ ms: 300 });
    await linked.run(4_000);
    expect(Math.round(linked.a.link.roundTrip ?? 0)).toBe(600);
    linked.cut();
    await linked.run(4_000);
    expect([linked.a.losses, linked.b.losses]).toEqual([[], []]);
    await linked.run(2_000);
    expect(linked.a.losses).toMatchObject([{ code: "mesh/silent" }]);
    const slower = new Linked({ ms: 900 });
    await slower.run(8_000);
    slower.cut();
    await slower.run(9_000);
    expect(slower.a.losses).toEqual([]);
    await slower.run(3_000);
    expect(slower.a.losses).toMatchObject([{ code: "mesh/silent" }]);
  });

  test("[L6] connections that break at any moment, again and again, lose and double nothing", async () => {
    await assert(
      asyncProperty(array(integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }), async (breaks) => {
        const linked = new Linked({ ms: 3, bulk: 2 });
        const sizes = [500, 20, 300, 0, 900].map((size) => size * kilobyte);
        const sent = sizes.map((size, index) => linked.a.link.send({ index }, numbered(size, index)));
        for (const after of breaks) {
          await linked.run(after);
          linked.connect();
        }
        await linked.run(500);
        await Promise.all(sent);
        expect(wholeOf(linked, sizes)).toEqual([true, true, true, true, true]);
      }),
      { numRuns: 25 },
    );
  });

  test("[L7] what is stopped stops: the sender by its signal, both by a goodbye", async () => {
    const linked = new Linked();
    const stop = new AbortController();
    const stopped = linked.a.link
      .send(1, numbered(2 ** 20), { signal: stop.signal })
      .catch((error: unknown) => error);
    await linked.run(1);
    stop.abort();
    const left = linked.a.link.send(2, numbered(2 ** 22)).catch((error: unknown) => error);
    await linked.run(2);
    linked.a.link.close();
    await linked.run(5);
    expect(await stopped).toMatchObject({ code: "mesh/cancelled" });
    expect(await left).toMatchObject({ code: "mesh/closed" });
    expect(linked.b.losses).toMatchObject([{ code: "mesh/left" }]);
  });

  test("[L30] what was stopped while the cable was pulled is over with the next connection", async () => {
    const failed: string[] = [];
    const linked = new Linked({
      accept: ({ header }) => ({
        write: () => undefined,
        end: () => "taken",
        fail: () => failed.push(String(header)),
      }),
    });
    const stops = Array.from({ length: mostStreams }, () => new AbortController());
    const sent = stops.map(({ signal }) => linked.a.link.send("stopped", numbered(2 ** 20), { signal }));
    const ended = Promise.allSettled(sent);
    await linked.run(2);
    linked.cut();
    for (const stop of stops) stop.abort();
    await linked.run(3_200);
    linked.connect();
    const more = Array.from({ length: mostStreams }, () => linked.a.link.send("more", numbered(10)));
    await linked.run(60);
    expect(failed).toEqual(stops.map(() => "stopped"));
    expect(await Promise.all(more)).toEqual(more.map(() => "taken"));
    expect((await ended).every(({ status }) => status === "rejected")).toBe(true);
    expect(linked.b.losses.map(({ code }) => code)).toEqual(["mesh/silent"]);
  });

  test("[L29] streams that are stopped while their openings still wait in bulk are over when these come", async () => {
    let channels = 0;
    const failed: string[] = [];
    const linked = new Linked({
      // The bulk of the first side is late, and what is urgent overtakes it.
      over: (channel, clock) => {
        const isLate = channels++ % 4 === 1;
        return isLate ? new Throttle({ ms: 20 }, clock, seeded(1)).over(channel) : channel;
      },
      accept: ({ header }) => ({
        write: () => undefined,
        end: () => "taken",
        fail: () => failed.push(String(header)),
      }),
    });
    const sendAndStop = async (): Promise<void> => {
      const stops = Array.from({ length: mostStreams }, () => new AbortController());
      const sent = stops.map(({ signal }) => linked.a.link.send("stopped", numbered(2 ** 20), { signal }));
      await linked.run(5);
      for (const stop of stops) stop.abort();
      const ends = await Promise.allSettled(sent);
      expect(ends.every(({ status }) => status === "rejected")).toBe(true);
    };
    await sendAndStop();
    await sendAndStop();
    const more = Array.from({ length: mostStreams }, () => linked.a.link.send("more", numbered(10)));
    await linked.run(60);
    expect([linked.a.losses, linked.b.losses]).toEqual([[], []]);
    expect(failed).toEqual(Array.from({ length: 2 * mostStreams }, () => "stopped"));
    expect(await Promise.all(more)).toEqual(more.map(() => "taken"));
    expect(linked.b.link.held).toBe(0);
  });

  test("[L8] the urgent goes first, equals take turns", async () => {
    const done: string[] = [];
    const linked = new Linked({
      over: (channel, clock) => new Throttle({ mbps: 80 }, clock, seeded(1)).over(channel),
    });
    const send = (name: string, size: number, priority: 0 | 1 | 2): void => {
      void linked.a.link.send(name, numbered(size), { priority }).then(() => done.push(name));
    };
    send("weights", 2 ** 20, Priority.prefetch);
    send("one", 2 ** 20, Priority.input);
    send("two", 2 ** 18, Priority.input);
    await linked.run(10);
    send("gradient", 2 ** 19, Priority.collective);
    await linked.run(600);
    expect(done).toEqual(["gradient", "two", "one", "weights"]);
  });

  test("[L9] a message beside a bulk transfer over a slow link does not wait for the bulk", async () => {
    const linked = new Linked({
      over: (channel, clock) => new Throttle({ mbps: 50, ms: 10 }, clock, seeded(1)).over(channel),
    });
    void linked.a.link.send("bulk", numbered(2 ** 22));
    await linked.run(200);
    linked.a.link.tell("stop");
    await linked.run(60);
    expect(linked.b.messages).toEqual(["stop"]);
    expect(linked.b.arrived).toEqual([]);
  });
});

describe("a hostile peer", () => {
  const cases: Record<
    string,
    (send: (type: number, stream: number, offset: number, size: number) => void) => void
  > = {
    "bytes of no stream": (send) => send(Type.data, 7, 0, 10),
    "more than its window": (send) => {
      send(Type.open, 1, 2 ** 30, 0);
      for (let at = 0; at <= initialWindow; at += 32 * kilobyte) send(Type.data, 1, at, 32 * kilobyte);
    },
    "the same bytes at every offset": (send) => {
      send(Type.open, 1, 2 ** 30, 0);
      for (let at = 1; at < 20; at++) send(Type.data, 1, at, 32 * kilobyte);
    },
    "more streams than it may": (send) => {
      for (let stream = 1; stream <= mostStreams + 1; stream++) send(Type.open, stream, 2 ** 30, 0);
    },
    "too many messages": (send) => {
      for (let count = 0; count < 5_000; count++) send(Type.ping, 0, count, 0);
    },
    "a message that is no JSON": (send) => send(Type.message, 0, 0, 10),
    "what nobody wants, on and on": (send) => {
      for (let at = 0; at < 4_000_000; at += mostPayload) {
        if (at === 0) send(Type.open, 1, 0, 0);
        send(Type.data, 1, at, mostPayload);
      }
    },
  };
  test.each(Object.entries(cases))("[L10] %s: it is cut", async (_, attack) => {
    const linked = new Linked();
    const { ends } = simulatedPair(linked.clock);
    const [mine, theirs] = ends;
    const { losses, link } = victim(linked.clock);
    link.attach({ control: simulatedPair(linked.clock).ends[0], bulk: [mine] });
    attack((type, stream, offset, size) => {
      const head = type === Type.open ? new TextEncoder().encode("{}") : new Uint8Array(size);
      theirs.send(encodePacket({ type: type as 1, stream, offset, bytes: head }));
    });
    await linked.run(10);
    expect(losses.map(({ code }) => code)).toEqual([expect.stringMatching(/^mesh\/(violation|packet)$/u)]);
    expect(link.held).toBeLessThanOrEqual(mostStreams * initialWindow);
  });

  test("[L11] 3,000 packets of noise, and packets with a byte changed: cut, and nothing else", () => {
    const random = seeded(5);
    for (let turn = 0; turn < 3_000; turn++) {
      const clock = new ManualClock();
      const { ends } = simulatedPair(clock);
      const { losses, link } = victim(clock);
      link.attach({ control: ends[0], bulk: [simulatedPair(clock).ends[0]] });
      const packet = encodePacket({
        type: Type.open,
        stream: 1,
        offset: 100,
        bytes: new TextEncoder().encode("{}"),
      });
      const at = Math.floor(random() * packet.length);
      packet[at] = (packet[at] ?? 0) ^ (1 + Math.floor(random() * 255));
      ends[1].send(packet.subarray(0, turn % 3 === 0 ? at : packet.length));
      clock.advance(2);
      for (const { code } of losses) expect(code).toMatch(/^(mesh|decode)\//u);
    }
  });
});

function victim(clock: ManualClock): { readonly losses: Fault[]; readonly link: Link } {
  const losses: Fault[] = [];
  const link = new Link({
    clock,
    accept: ({ bytes }) => {
      if (bytes === 0) throw new Fault("mesh/empty", "nothing is not wanted");
      return { write: () => new Promise(() => undefined), end: () => null, fail: () => undefined };
    },
    heard: () => undefined,
    lost: (fault) => losses.push(fault),
  });
  return { losses, link };
}

/** Whether each stream arrived once and whole. */
function wholeOf(linked: Linked, sizes: readonly number[]): boolean[] {
  return sizes.map((size, index) => {
    const seen = linked.b.arrived.filter(({ header }) => indexOf(header) === index);
    return seen.length === 1 && seen.every(({ bytes }) => sameBytes(bytes, numbered(size, index)));
  });
}

function indexOf(header: unknown): number {
  return (header as { readonly index: number }).index;
}
