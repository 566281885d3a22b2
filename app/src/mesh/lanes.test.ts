import type { Timeline } from "@tilebook/mesh";
import { describe, expect, test } from "vitest";
import { forgetLanes, lanesMs, lanesShown, noteLanes, withRun } from "./lanes.ts";

type Happened = readonly [kind: "compute" | "receive" | "send", rank: number, start: number, end: number];

function timeline(happened: readonly Happened[]): Timeline {
  const events = happened.map(([kind, rank, start, end]) => {
    return { kind, rank, peer: rank, what: "x", start, end, bytes: kind === "compute" ? 0 : 100 };
  });
  const end = Math.max(...events.map((event) => event.end));
  return { events, start: 0, end, ranks: [], hidden: 1 };
}

describe("lanes", () => {
  test("[LN1] a lane has what its rank computed and received, and not what it sent", () => {
    const run = timeline([
      ["compute", 0, 10, 20],
      ["send", 0, 20, 30],
      ["receive", 1, 20, 32],
    ]);
    expect(withRun(undefined, "m1", ["a", "b"], run)).toEqual({
      mesh: "m1",
      start: 10,
      end: 32,
      lanes: [
        { name: "a", computes: [[10, 20]], receives: [], bytes: 0 },
        { name: "b", computes: [], receives: [[20, 32]], bytes: 100 },
      ],
    });
  });
  test("[LN2] runs come after each other, and what is long ago is forgotten", () => {
    const first = withRun(undefined, "m1", ["a"], timeline([["compute", 0, 0, 50]]));
    const second = withRun(first, "m1", ["a"], timeline([["compute", 0, 100, 150]]));
    expect(second.lanes[0]?.computes).toEqual([
      [0, 50],
      [100, 150],
    ]);
    const later = timeline([["compute", 0, lanesMs + 20, lanesMs + 30]]);
    const third = withRun(second, "m1", ["a"], later);
    expect(third.lanes[0]?.computes).toEqual([
      [30, 50],
      [100, 150],
      [lanesMs + 20, lanesMs + 30],
    ]);
    expect(third.start).toBe(30);
  });
  test("[LN3] ten thousand small pieces are few to draw", () => {
    const pieces = Array.from({ length: 10_000 }, (_, at): Happened => ["compute", 0, at, at + 0.5]);
    const { lanes } = withRun(undefined, "m1", ["a"], timeline(pieces));
    expect(lanes[0]?.computes.length).toBeLessThanOrEqual(400);
  });
  test("[LN4] a run in which nothing happened shows nothing new, and with the notebook all goes", () => {
    noteLanes("m1", ["a"], { events: [], start: Infinity, end: -Infinity, ranks: [], hidden: 1 });
    expect(lanesShown.getState().last).toBeUndefined();
    noteLanes("m1", ["a"], timeline([["compute", 0, 0, 50]]));
    expect(lanesShown.getState().last?.end).toBe(50);
    forgetLanes();
    expect(lanesShown.getState()).toEqual({ lookers: 0 });
  });
});
