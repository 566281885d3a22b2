import { ManualClock } from "@tilebook/base";
import { portableTarget } from "@tilebook/compiler";
import { openInterpreter } from "@tilebook/runtime";
import { describe, expect, test } from "vitest";
import { executorDevice } from "../run/device.ts";
import type { HostAsks } from "../run/peer-news.ts";
import type { LinkSeen } from "../run/seen-links.ts";
import { PeerWorker } from "../run/worker.ts";
import { MemberAsks } from "./member-asks.ts";
import { MemberLinks } from "./member-links.ts";

interface Scene {
  readonly clock: ManualClock;
  readonly links: MemberLinks;
  /** Who was asked since this was last looked at. */
  readonly asked: () => readonly string[];
}

/** A host whose members say this of their links; nothing where there is nothing for them. */
function hostOf(says: (id: string) => readonly LinkSeen[] | undefined): Scene {
  const clock = new ManualClock();
  let told: string[] = [];
  const asks: MemberAsks = new MemberAsks(clock, (id, { ask, kind }: HostAsks) => {
    told.push(id);
    const links = says(id);
    if (kind === "links" && links !== undefined) asks.hear(id, { kind, ask, links });
    return true;
  });
  const device = executorDevice(openInterpreter({ budgetBytes: 1, reason: "test" }), portableTarget);
  const worker = new PeerWorker({ device, budgetBytes: 1, drives: () => false, clock });
  const links = new MemberLinks({ self: "host", worker, asks, clock, slow: () => undefined });
  const asked = (): readonly string[] => {
    const before = told.toSorted();
    told = [];
    return before;
  };
  return { clock, links, asked };
}

const ranks = ["a", "b", "c"];
const fast = (id: string): readonly LinkSeen[] =>
  ranks.filter((peer) => peer !== id).map((peer) => ({ peer, roundTrip: 2, rate: 1_000 }));

describe("what a host asks its members of their links", () => {
  test("[ML1] who cannot be told anything is not waited for", async () => {
    const asks = new MemberAsks(new ManualClock(), () => false);
    expect(await asks.ask("a", { kind: "count" }, 1_000)).toBeUndefined();
  });

  test("[ML2] who did not answer when all tried their links is not waited for with the next mesh; after a minute it is asked again", async () => {
    const { clock, links, asked } = hostOf((id) => (id === "b" ? undefined : fast(id)));
    const probe = async (): Promise<readonly string[]> => {
      const done = links.probe(ranks);
      const who = asked();
      clock.advance(4_000);
      await done;
      return who;
    };
    expect(await probe()).toEqual(ranks);
    expect(await probe()).toEqual([]);
    clock.advance(60_000);
    expect(await probe()).toEqual(ranks);
    expect(await probe()).toEqual([]);
    // It has left, and who comes by its name may be better off.
    links.gone("b");
    expect(await probe()).toEqual(ranks);
  });

  test("[ML3] of what a member says, that of links counts that it was asked about, once each, in numbers that links have", async () => {
    const lies: readonly LinkSeen[] = [
      { peer: "b", rate: 0, roundTrip: -5 },
      { peer: "c", rate: 1e-320, roundTrip: 1e300 },
      { peer: "c", rate: 1e308, roundTrip: 0 },
      { peer: "x", rate: 7, roundTrip: 7 },
      { peer: "__proto__", rate: 7 },
      { peer: "a", rate: 7 },
    ];
    const { links } = hostOf((id) => (id === "a" ? lies : fast(id)));
    await links.probe(ranks);
    const { seen } = links;
    expect([seen.of("a", "b"), seen.of("a", "x"), seen.of("a", "a"), seen.of("a", "__proto__")]).toEqual([
      {},
      {},
      {},
      {},
    ]);
    const { rate = 0, roundTrip = 0 } = seen.of("a", "c");
    expect(rate).toBeGreaterThan(0);
    expect(1 / rate).toBeLessThan(1e6);
    expect(roundTrip).toBeLessThan(1e6);
    const costs = links.costs(ranks, {});
    expect(costs?.perByte(0, 1)).toBe(1e-3);
    expect(costs?.latency(0, 1)).toBe(1);
    expect(costs?.up?.(0)).toBeLessThan(1e6);
  });
});
