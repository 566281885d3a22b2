import { describe, expect, test } from "vitest";
import { fastest } from "../sbp/link-costs.ts";
import { timelineOf } from "./figures.ts";
import { measuredCosts } from "./measured-costs.ts";
import type { RunEvent } from "./timeline.ts";

const send = (peer: number, bytes: number, took: number): RunEvent => ({
  kind: "send",
  what: `${peer} ${bytes}`,
  start: 0,
  end: took,
  bytes,
  peer,
});

describe("measured costs of links", () => {
  test("[LC1] the rate of an edge is that of its large sends, and its latency what the small ones took", () => {
    const first = [send(1, 1e6, 1_040), send(1, 1e6, 1_200), send(1, 100, 40), send(2, 1e6, 140)];
    const costs = measuredCosts([timelineOf([first, [], []], [0, 0, 0])]);
    expect([costs?.latency(0, 1), costs?.perByte(0, 1)]).toEqual([20, expect.closeTo(1e-3, 9)]);
    expect([costs?.latency(0, 2), costs?.perByte(0, 2)]).toEqual([20, expect.closeTo(1e-4, 9)]);
    // Edges that sent nothing large are as the middle one.
    expect(costs?.perByte(2, 1)).toBeCloseTo(1e-3, 9);
  });

  test("[LC2] a run whose edges between every other rank were slow sends the next one around", () => {
    const ranks = [0, 1, 2, 3];
    const events = ranks.map((from) =>
      ranks.filter((to) => to !== from).map((to) => send(to, 1e6, Math.abs(from - to) === 2 ? 10_000 : 100)),
    );
    const costs = measuredCosts([timelineOf(events, [0, 0, 0, 0])]);
    expect(costs && fastest("all-gather", 1e7, 4, costs)).toBe("ring");
  });

  test("[LC3] nothing is known of links that carried nothing large", () => {
    expect(measuredCosts([timelineOf([[send(1, 100, 1)], []], [0, 0])])).toBeUndefined();
  });
});
