import type { Graph } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { agrees } from "../testing/agrees.ts";
import { GraphMaker } from "../testing/graphs.ts";

/** x + 1 + (x + 1) turned, and so on: twice as many values of x each time. */
function doubling(times: number): Graph {
  const g = new GraphMaker();
  let at = g.input("x", [4, 4]);
  for (let time = 0; time < times; time++) {
    const next = g.binary("mul", at, g.fill(0.5, [4, 4]));
    at = g.binary("add", next, g.permute(next, [1, 0]));
  }
  return g.graph([at]);
}

describe("maps that are wanted at several places", () => {
  test("[RP1] a few are written for each place, in one kernel", async () => {
    expect((await agrees(doubling(2))).dispatches).toHaveLength(1);
  });

  test("[RP2] where they double each time, some are stored, and the kernels stay small", async () => {
    const { dispatches, kernels, remarks } = await agrees(doubling(24));
    expect(dispatches.length).toBeGreaterThan(3);
    expect(dispatches.length).toBeLessThan(13);
    expect(Math.max(...kernels.map(({ wgsl }) => wgsl.length))).toBeLessThan(20_000);
    expect(remarks.map(({ code }) => code)).toContain("fusion/size");
  });
});
