import { describe, expect, test } from "vitest";
import { portableTarget, type Choice, type Target } from "../program.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { compileGraph } from "./compile-graph.ts";

/** As SwiftShader is. */
const processor: Target = { ...portableTarget, processor: true, subgroup: 4 };

function productOf(m: number, n: number, k: number, target: Target): Choice | undefined {
  const g = new GraphMaker();
  const graph = g.graph([g.matmul(g.input("x", [m, k]), g.input("y", [k, n]))]);
  return compileGraph(graph, target).dispatches[0]?.choice;
}

describe("the ways of a product", () => {
  test("[PW1] what runs often goes over to more results a thread, the sooner the more work it is", () => {
    const { often: large, configs = [] } = productOf(2048, 512, 128, processor) ?? {};
    expect([large?.config.blocks, large?.runs]).toEqual([{ m: 32, n: 64, k: 4 }, 8]);
    expect(configs).toContain(large?.config);
    const { often: small } = productOf(256, 32, 128, processor) ?? {};
    expect([small?.config.blocks, small?.runs]).toEqual([{ m: 32, n: 32, k: 4 }, 1024]);
  });

  test("[PW2] nothing is done so for a few rows or columns, nor where threads hand nothing on in fours", () => {
    for (const [m, n] of [
      [1, 512],
      [16, 512],
      [512, 16],
    ] as const)
      expect(productOf(m, n, 128, processor)?.often).toBeUndefined();
    expect(productOf(2048, 512, 128, portableTarget)?.often).toBeUndefined();
    expect(productOf(2048, 512, 128, { ...portableTarget, subgroup: 32 })?.often).toBeUndefined();
  });
});
