import { GraphMaker } from "@tilebook/compiler/testing";
import type { Graph, NodeId } from "@tilebook/ir";
import { afterEach, describe, expect, test } from "vitest";
import { chooseSignatures } from "../sbp/choose.ts";
import { lowerToRanks } from "../sbp/lower.ts";
import { at, broadcast, type Sbp, split } from "../sbp/sbp.ts";
import { openPeers, type Peers } from "../testing/peers.ts";
import type { Timeline } from "./figures.ts";

const opened: Peers[] = [];
afterEach(() => opened.splice(0).forEach((peers) => peers.close()));

const size = 32;
const bytes = (): Uint8Array => new Uint8Array(new Float32Array(size * size).fill(0.5).buffer);
const type = { dtype: "f32", shape: [size, size] } as const;

/** Rank 1 multiplies what rank 0 has in `count` pieces with its own, and adds the products. */
function pieces(count: number): Graph {
  const g = new GraphMaker();
  const w = g.input("w", type.shape);
  const products = Array.from({ length: count }, (_, piece) =>
    g.matmul(g.place(g.input(`x${piece}`, type.shape), at(1)), w),
  );
  return g.graph([products.reduce((sum, product) => g.binary("add", sum, product))]);
}

function plansOf(
  graph: Graph,
  ranks: number,
  lies: (tensor: string) => Sbp,
  outputs: readonly Sbp[] = [],
): ReturnType<typeof lowerToRanks> {
  const chosen = chooseSignatures(graph, { ranks, inputs: (tensor) => [lies(tensor)], outputs });
  return lowerToRanks(graph, chosen?.signatures ?? [], { ranks, outputs });
}

const inputsOf = (graph: Graph): readonly string[] =>
  graph.nodes.flatMap((node) => (node.kind === "input" ? [node.tensor] : []));

const batchCut = (tensor: string): Sbp => (tensor === "x" ? split(0) : broadcast);

describe("tasks", () => {
  test("[TA1] a piece of work waits for its own bytes alone", () => {
    const [, second] = plansOf(pieces(3), 2, (tensor) => at(tensor === "w" ? 1 : 0));
    const arrives = new Set(second?.receives.map(({ value }) => value));
    const waits = second?.tasks
      .filter(({ graph }) => graph.nodes.some(({ kind }) => kind === "matmul"))
      .map(({ graph }) => inputsOf(graph).filter((name) => arrives.has(name)).length);
    expect(waits).toEqual([1, 1, 1]);
  });

  test("[TA2] what others wait for is computed before what they do not need", () => {
    const g = new GraphMaker();
    const [x, w] = [g.input("x", type.shape), g.input("w", type.shape)];
    const own = g.matmul(g.matmul(x, w), w);
    const wanted = g.place(g.unary("exp", x), at(1));
    const [first] = plansOf(g.graph([own, wanted]), 2, () => at(0));
    expect(first?.tasks.map(({ graph }) => graph.nodes.map(({ kind }) => kind))).toEqual([
      ["input", "unary"],
      ["input", "input", "matmul", "matmul"],
    ]);
  });

  test("[TA3] gradients are sent bucket by bucket: the last layer's do not wait for the first one's", () => {
    const g = new GraphMaker();
    const names = ["w0", "w1", "w2"];
    let back: NodeId = g.input("x", [512, size]);
    const gradients = names.map((name) => {
      const gradient = g.matmul(g.permute(back, [1, 0]), back);
      back = g.matmul(back, g.input(name, type.shape), true);
      return g.binary("sub", g.input(name, type.shape), gradient);
    });
    const whole = names.map(() => broadcast);
    const plans = plansOf(g.graph(gradients), 2, batchCut, whole);
    const [first] = plans;
    const products = first?.tasks.map(
      ({ graph }) => graph.nodes.filter(({ kind }) => kind === "matmul").length,
    );
    expect(products?.filter((count) => count > 0)).toEqual([1, 2, 2]);
  });

  test("[TA4] cutting and joining for one boxing is one task", () => {
    const g = new GraphMaker();
    const graph = g.graph([g.place(g.unary("exp", g.place(g.input("x", [8, 8]), split(1))), split(0))]);
    const plans = plansOf(graph, 4, () => split(0));
    expect(plans.map(({ tasks }) => tasks.length)).toEqual([3, 3, 3, 3]);
  });
});

describe("a timeline", () => {
  test("[TL4] says what each rank computed, sent and received, on one clock, with the bytes that moved", async () => {
    const peers = await openPeers(2);
    opened.push(peers);
    const graph = pieces(2);
    const given = await Promise.all(
      ["w", "x0", "x1"].map(async (name) => {
        const tensor = await peers.group.put(bytes(), type, at(name === "w" ? 1 : 0));
        return [name, tensor] as const;
      }),
    );
    let seen: Timeline | undefined;
    await peers.group.compute(graph, new Map(given), { timeline: (timeline) => (seen = timeline) });
    const said = seen?.events.map(({ rank, kind, bytes: moved }) => `${rank} ${kind} ${moved}`) ?? [];
    expect(said.toSorted()).toEqual([
      "0 send 4096",
      "0 send 4096",
      "1 compute 0",
      "1 compute 0",
      "1 compute 0",
      "1 receive 4096",
      "1 receive 4096",
    ]);
    expect(seen?.events.every(({ start, end }) => start <= end)).toBe(true);
    expect(seen?.ranks.map(({ compute }) => compute > 0)).toEqual([false, true]);
    expect(seen?.hidden).toBeLessThanOrEqual(1);
  });

  test("[TA5] of two values that go to one rank, the one that is wanted first arrives first", async () => {
    const peers = await openPeers(2);
    opened.push(peers);
    const large = { dtype: "f32", shape: [512, 512] } as const;
    const put = (): ReturnType<Peers["group"]["put"]> =>
      peers.group.put(new Uint8Array(512 * 512 * 4), large, at(0));
    const [a, b] = [await put(), await put()];
    const g = new GraphMaker();
    const graph = g.graph(["a", "b"].map((name) => g.place(g.input(name, large.shape), at(1))));
    let seen: Timeline | undefined;
    const inputs = new Map([
      ["a", a],
      ["b", b],
    ]);
    await peers.group.compute(graph, inputs, { timeline: (timeline) => (seen = timeline) });
    const arrived = seen?.events.filter(({ kind }) => kind === "receive").toSorted((x, y) => x.end - y.end);
    const names = arrived?.map(({ what }) => what) ?? [];
    expect(names).toHaveLength(2);
    expect(names).toEqual(names.toSorted());
  });
});
