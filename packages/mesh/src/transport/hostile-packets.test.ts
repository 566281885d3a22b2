import { Fault, ManualClock } from "@tilebook/base";
import { often } from "@tilebook/ir/testing";
import { array, assert, asyncProperty, constantFrom, integer, oneof, record, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { type End, simulatedPair } from "../testing/simulated-channel.ts";
import { collect } from "../run/collect.ts";
import { Link } from "./link.ts";
import { encodePacket, mostPayload, type PacketType, Type } from "./packet.ts";
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
});
