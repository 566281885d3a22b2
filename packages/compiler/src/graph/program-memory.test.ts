import type { Graph } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { portableTarget, type Program } from "../program.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { randomGraph } from "../testing/random-graph.ts";
import { compileGraph } from "./compile-graph.ts";
import { formOf, ProgramMemory } from "./program-memory.ts";

/** The same graph over other tensors, with other numbers. */
function changed(graph: Graph): Graph {
  const nodes = graph.nodes.map((node) => {
    if (node.kind === "input") return { ...node, tensor: `${node.tensor} of another run` };
    return node.kind === "fill" && node.value !== 0 ? { ...node, value: node.value * 0.75 } : node;
  });
  return { ...graph, nodes };
}

/** What runs, without the functions in it. */
function plain({ dispatches, kernels, ...rest }: Program): object {
  return {
    ...rest,
    kernels: kernels.map(({ key, wgsl }) => [key, wgsl]),
    dispatches: dispatches.map((dispatch) => ({ ...dispatch, choice: undefined })),
  };
}

/** x times a number, of so many elements, and the sum of that. */
function scaled(value: number, size = 64, tensor = "x"): Graph {
  const g = new GraphMaker();
  const times = g.binary("mul", g.input(tensor, [size]), g.fill(value, [size]));
  return g.graph([times, g.reduce("sum", times, 0)]);
}

/** The key of one input minus another. */
function difference(first: string, second: string): string {
  const g = new GraphMaker();
  return formOf(g.graph([g.binary("sub", g.input(first, [4]), g.input(second, [4]))]), portableTarget).key;
}

describe("programs are remembered by the form of their graphs", () => {
  test("[PM1] over other tensors and numbers they are what planning anew gives, for random graphs", () => {
    let found = 0;
    for (let seed = 0; seed < 30; seed++) {
      const graph = randomGraph(seed);
      const memory = new ProgramMemory();
      memory.keep(formOf(graph, portableTarget), compileGraph(graph, portableTarget), []);
      const other = changed(graph);
      const remembered = memory.find(formOf(other, portableTarget), () => undefined);
      // -1e30 of a mask is part of the code: with another one it is another form.
      const hasMask = graph.nodes.some((node) => node.kind === "fill" && Math.abs(node.value) >= 1e9);
      expect(remembered === undefined).toBe(hasMask);
      if (remembered === undefined) continue;
      found += 1;
      expect(plain(remembered)).toEqual(plain(compileGraph(other, portableTarget)));
    }
    expect(found).toBeGreaterThan(10);
  });

  test("[PM2] a number of another kind, another size, dtype, target or order of inputs is another form", () => {
    const form = formOf(scaled(0.5), portableTarget);
    expect(formOf(scaled(0.25, 64, "y"), portableTarget).key).toBe(form.key);
    const others = [
      formOf(scaled(0), portableTarget),
      formOf(scaled(1), portableTarget),
      formOf(scaled(-Infinity), portableTarget),
      formOf(scaled(Number.NaN), portableTarget),
      formOf(scaled(0.5, 65), portableTarget),
      formOf(scaled(0.5), { ...portableTarget, f16: true }),
    ];
    expect(new Set([form, ...others].map(({ key }) => key)).size).toBe(others.length + 1);
    expect(difference("x", "y")).toBe(difference("a", "b"));
    expect(difference("x", "x")).not.toBe(difference("x", "y"));
  });
});
