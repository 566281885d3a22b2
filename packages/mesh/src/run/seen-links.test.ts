import { describe, expect, test } from "vitest";
import { fastestHarmless } from "../sbp/link-costs.ts";
import { at, broadcast, split } from "../sbp/sbp.ts";
import { SeenLinks } from "./seen-links.ts";

const ranks = ["a", "b", "c", "d"];
const others = (peer: string): readonly string[] => ranks.filter((one) => one !== peer);

/** All edges alike, in bytes a millisecond; everyone's edges together carry as much as that three times. */
function probed(rate: number, but: Readonly<Record<string, number>> = {}): SeenLinks {
  const links = new SeenLinks();
  links.probed(
    new Map(
      ranks.map((from) => [
        from,
        others(from).map((peer) => ({ peer, roundTrip: 4, rate: but[`${from}>${peer}`] ?? rate })),
      ]),
    ),
  );
  return links;
}

describe("what members of a room have seen of their links", () => {
  test("[SL1] nothing is known before anybody has seen anything, and all when all have tried", () => {
    const links = new SeenLinks();
    expect([links.costs(ranks), links.knows(ranks)]).toEqual([undefined, false]);
    links.heard("a", [{ peer: "b", roundTrip: 6, rate: 100 }]);
    // Others are as the middle one.
    const costs = links.costs(ranks);
    expect([costs?.latency(2, 3), costs?.perByte(2, 3), links.knows(ranks)]).toEqual([3, 0.01, false]);
    expect(probed(100).knows(ranks)).toBe(true);
  });

  test("[SL2] alike and each for itself: directly. One way out for all that a rank sends: from rank to rank", () => {
    const links = probed(1_000);
    const costs = links.costs(ranks);
    expect(costs && [costs.up?.(0), costs.down?.(3)]).toEqual([1 / 3_000, 1 / 3_000]);
    const moving = { from: at(0), to: broadcast, ranks: 4 } as const;
    expect(costs && fastestHarmless(moving, 1e7, costs)).toBe("direct");
    // Alone an edge is as fast as all three were together.
    for (const from of ranks)
      links.heard(
        from,
        others(from).map((peer) => ({ peer, rate: 3_000 })),
      );
    const shared = links.costs(ranks);
    expect(shared && fastestHarmless(moving, 1e7, shared)).toBe("ring");
  });

  test("[SL3] what is heard later counts: an edge that has become slow is gone around, and not when it is as before", () => {
    const links = probed(1_000);
    const moving = { from: split(0), to: broadcast, ranks: 4 } as const;
    const now = (): string | undefined => {
      const costs = links.costs(ranks);
      return costs && fastestHarmless(moving, 1e7, costs);
    };
    expect(now()).toBe("direct");
    links.heard("a", [{ peer: "c", rate: 50 }]);
    expect(now()).toBe("ring");
    links.heard("a", [{ peer: "c", rate: 1_000 }]);
    expect(now()).toBe("direct");
    links.forget(ranks);
    expect(now()).toBeUndefined();
  });

  test("[SL4] who is gone is not known when it comes again, and the links between the others are", () => {
    const links = probed(1_000);
    links.gone("b");
    expect([links.knows(["a", "b"]), links.knows(["b", "a"]), links.knows(["a", "c", "d"])]).toEqual([
      false,
      false,
      true,
    ]);
    expect([links.of("a", "b"), links.of("b", "a")]).toEqual([{}, {}]);
    expect([links.costs(ranks)?.up?.(1), links.costs(ranks)?.down?.(1)]).toEqual([0, 0]);
  });

  test("[SL5] who has seen nothing when all tried their links is not one that sends and receives nothing", () => {
    const links = new SeenLinks();
    links.probed(
      new Map([
        ["a", [{ peer: "b", rate: 100 }, { peer: "c" }]],
        ["b", []],
        ["c", [{ peer: "a", roundTrip: 4 }]],
      ]),
    );
    const costs = links.costs(["a", "b", "c"]);
    const shared = [0, 1, 2].map((rank) => [costs?.up?.(rank), costs?.down?.(rank)]);
    expect(shared).toEqual([
      [0.01, 0],
      [0, 0.01],
      [0, 0],
    ]);
  });
});
