import { Fault, ManualClock } from "@tilebook/base";
import { often } from "@tilebook/ir/testing";
import { array, assert, asyncProperty, constantFrom, integer, oneof, record, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { Linked } from "../testing/linked.ts";
import { type End, simulatedPair } from "../testing/simulated-channel.ts";
import { collect } from "../run/collect.ts";
import { Link } from "./link.ts";
import { decodePacket, encodePacket, mostPayload, type PacketType, Type } from "./packet.ts";
import { initialWindow, mostStreams } from "./windows.ts";

const text = (said: string): Uint8Array => new TextEncoder().encode(said);

interface Victim {
  readonly link: Link;
  readonly losses: Fault[];
  /** The channel's other end, on which anything may be said. */
  readonly raw: End;
  readonly clock: ManualClock;
  readonly say: (type: PacketType, more?: Partial<Parameters<typeof encodePacket>[0]>) => void;
  readonly turn: () => Promise<void>;
}

/** A link whose peer is the test. Of what it is offered it takes what is no longer than 1 MiB, and it keeps what it takes. */
function victim(): Victim {
  const clock = new ManualClock();
  const losses: Fault[] = [];
  const link = new Link({
    clock,
    accept: ({ bytes, header }) => {
      if (bytes > 2 ** 20 || header === "no") throw new Fault("test/no", "not wanted");
      return header === "slow"
        ? { write: () => new Promise(() => undefined), end: () => null, fail: () => undefined }
        : collect(bytes, () => null);
    },
    heard: () => undefined,
    lost: (fault) => losses.push(fault),
  });
  const [control, bulk] = [simulatedPair(clock, 0).ends, simulatedPair(clock, 0).ends];
  link.attach({ control: control[0], bulk: [bulk[0]] });
  const raw = control[1];
  const say: Victim["say"] = (type, more = {}) => {
    raw.send(encodePacket({ type, stream: 1, offset: 0, bytes: new Uint8Array(0), ...more }));
    clock.advance(0);
  };
  const turn = async (): Promise<void> => {
    clock.advance(0);
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { link, losses, raw, clock, say, turn };
}

/** The same, with the codes of its refusals. */
function watched(): Victim & { readonly refused: () => readonly string[] } {
  const one = victim();
  const codes: string[] = [];
  one.raw.onMessage((bytes) => {
    const { type, bytes: said } = decodePacket(bytes);
    if (type === Type.refuse)
      codes.push((JSON.parse(new TextDecoder().decode(said)) as { readonly code: string }).code);
  });
  return { ...one, refused: () => codes };
}

describe("packets of a peer that breaks the rules", () => {
  test.each<[string, PacketType, string]>([
    ["a refusal that is no fault", Type.refuse, "{}"],
    ["a refusal that is no JSON", Type.refuse, "{"],
    ["an answer that is no JSON", Type.done, ""],
  ])("[HL1] %s: the link ends, and so does the wait for it", async (_, type, said) => {
    const { link, losses, say, turn } = victim();
    const sent = link.send("x", new Uint8Array(10)).catch((error: unknown) => error);
    await turn();
    say(type, { bytes: text(said) });
    expect(losses).toHaveLength(1);
    link.close(new Fault("mesh/left", "it was put out"));
    expect(await sent).toMatchObject({ code: "mesh/left" });
  });

  test("[HL2] any packets in any order: what is kept is bounded, the link ends with a fault at most, and nobody waits for ever", async () => {
    const small = integer({ min: 0, max: 4 });
    const size = constantFrom(0, 1, 8, 4_096, initialWindow, 2 ** 20, 2 ** 20 + 1, Number.MAX_SAFE_INTEGER);
    const body = oneof(
      constantFrom('"x"', '"no"', '"slow"', "null", "{", '{"code":"a/b","message":"c"}', "12345678"),
      string({ maxLength: 12 }),
      constantFrom("x".repeat(4_096), "x".repeat(mostPayload)),
    );
    const packet = record({ type: constantFrom(...Object.values(Type)), stream: small, offset: size, body });
    await assert(
      asyncProperty(array(packet, { maxLength: 24 }), async (packets) => {
        const { link, losses, say, turn } = victim();
        const sent = [link.send("a", new Uint8Array(500_000)), link.send("b", new Uint8Array(0))];
        const settled = Promise.allSettled(sent);
        for (const { type, stream, offset, body: said } of packets)
          say(type, { stream, offset, bytes: text(said) });
        await turn();
        expect(link.held).toBeLessThanOrEqual(mostStreams * initialWindow + 16 * 2 ** 20);
        expect(losses.length).toBeLessThanOrEqual(1);
        for (const fault of losses) expect(fault.code).toMatch(/^[a-z]+\/[\w-]+$/u);
        link.close();
        await settled;
      }),
      { numRuns: often(1_500, 30_000) },
    );
  });

  test("[HL3] bytes that nobody asked for: beyond 64 MiB a minute nothing new is taken, beyond as much again the link ends", async () => {
    const { link, losses, clock, say, turn, refused } = watched();
    let stream = 0;
    /** Opens a stream that is refused, and sends its first window all the same. */
    const unwanted = async (): Promise<string | undefined> => {
      stream += 1;
      say(Type.open, { stream, offset: initialWindow, bytes: text('"no"') });
      for (let offset = 0; offset < initialWindow; offset += 2 ** 15)
        say(Type.data, { stream, offset, bytes: new Uint8Array(2 ** 15) });
      // No faster than packets may come.
      clock.advance(5);
      await turn();
      return refused().at(-1);
    };
    expect(await unwanted()).toBe("test/no");
    for (let time = 0; time < 280; time++) await unwanted();
    expect(await unwanted()).toBe("mesh/too-much");
    clock.advance(500);
    say(Type.pong);
    expect(losses).toEqual([]);
    for (let time = 0; time < 300 && losses.length === 0; time++) await unwanted();
    expect(losses.map(({ code }) => code)).toEqual(["mesh/violation"]);
    link.close();
  });

  test("[HL4] messages and what is given up count, too; after a minute all is well again", async () => {
    const { losses, clock, say, turn, refused } = watched();
    for (let time = 0; time < 4_700; time++) {
      say(Type.message, { bytes: text(`"${"x".repeat(16_000)}"`) });
      clock.advance(1);
    }
    say(Type.open, { stream: 1, offset: 10, bytes: text('"yes"') });
    await turn();
    expect(refused()).toEqual(["mesh/too-much"]);
    for (let second = 0; second < 60; second++) {
      say(Type.pong);
      clock.advance(1_000);
    }
    say(Type.open, { stream: 2, offset: 10, bytes: text('"yes"') });
    say(Type.data, { stream: 2, offset: 0, bytes: text("0123456789") });
    await turn();
    expect(refused()).toEqual(["mesh/too-much"]);
    for (let number = 3; number < 300; number++) {
      say(Type.open, { stream: number, offset: 2 ** 20, bytes: text('"slow"') });
      for (let offset = 0; offset < initialWindow; offset += 2 ** 15)
        say(Type.data, { stream: number, offset, bytes: new Uint8Array(2 ** 15) });
      say(Type.abort, { stream: number });
      clock.advance(5);
    }
    await turn();
    expect([refused().at(-1), losses]).toEqual(["mesh/too-much", []]);
  });

  test("[HL5] what was asked for is not counted", async () => {
    const linked = new Linked({
      bulk: 1,
      accept: () => ({ write: () => undefined, end: () => "all", fail: () => undefined }),
    });
    const sent = linked.a.link.send("long", new Uint8Array(80 * 2 ** 20));
    await linked.run(2_000);
    expect(await sent).toBe("all");
    const next = linked.a.link.send("short", new Uint8Array(10));
    await linked.run(20);
    expect(await next).toBe("all");
  });

  test("[HL6] a stream that was stopped stays over, also where it is opened again behind the word of that", async () => {
    const { link, losses, say, turn } = victim();
    for (let stream = 1; stream <= 2 * mostStreams; stream++) {
      say(Type.open, { stream, offset: 10, bytes: text('"yes"') });
      say(Type.abort, { stream });
      say(Type.reopen, { stream, offset: 10, bytes: text('"yes"') });
    }
    await turn();
    expect([link.held, losses]).toEqual([0, []]);
    link.close();
  });
});
