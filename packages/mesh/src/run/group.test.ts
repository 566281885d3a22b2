import { realClock } from "@tilebook/base";
import { portableTarget } from "@tilebook/compiler";
import { GraphMaker, normalisedError, randomNumbers } from "@tilebook/compiler/testing";
import { runGraph, type TensorValue } from "@tilebook/interp";
import { type Graph, sizeOf, type TensorType } from "@tilebook/ir";
import { openInterpreter } from "@tilebook/runtime";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { openPeers, type Peers, type PeersOptions } from "../testing/peers.ts";
import { boxingBytes } from "../sbp/boxing.ts";
import { at, broadcast, partial, type Sbp, sayOf, split } from "../sbp/sbp.ts";
import type { LinkCosts } from "../sbp/link-costs.ts";
import type { PeerPlan, Task } from "../sbp/peer-plan.ts";
import { connectByWebRtc, endConnections } from "../testing/web-rtc.ts";
import { BudgetedDevice } from "./budgeted-device.ts";
import { executorDevice } from "./device.ts";
import type { GlobalTensor } from "./group.ts";
import type { Header } from "./headers.ts";
import { encodePlan } from "./plan-json.ts";
import { PeerWorker } from "./worker.ts";

afterAll(() => endConnections());

const opened: Peers[] = [];
afterEach(() => opened.splice(0).forEach((peers) => peers.close()));

async function open(count: number, options?: PeersOptions): Promise<Peers> {
  const peers = await openPeers(count, options);
  opened.push(peers);
  return peers;
}

function kept<T>(alive: Set<T>, handle: T): T {
  alive.add(handle);
  return handle;
}

function floats(count: number, seed: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(randomNumbers(count, seed));
}

function bytesOf(values: Float32Array<ArrayBuffer>): Uint8Array {
  return new Uint8Array(values.buffer.slice(0));
}

/** Puts every input of a graph as it is said, computes on the group, and gives the errors against one device. */
async function compared(
  peers: Peers,
  graph: Graph,
  layouts: Readonly<Record<string, Sbp>>,
): Promise<readonly number[]> {
  const inputs = new Map<string, GlobalTensor>();
  const values = new Map<string, TensorValue>();
  for (const [id, node] of graph.nodes.entries()) {
    if (node.kind !== "input") continue;
    const numbers = floats(sizeOf(node.type.shape), id + 1);
    values.set(node.tensor, { type: node.type, values: Float64Array.from(numbers) });
    inputs.set(
      node.tensor,
      await peers.group.put(bytesOf(numbers), node.type, layouts[node.tensor] ?? broadcast),
    );
  }
  const outputs = await peers.group.compute(graph, inputs);
  const errors: number[] = [];
  for (const [place, wanted] of runGraph(graph, values).entries()) {
    const output = outputs[place];
    const seen = output === undefined ? [] : await peers.group.get(output);
    const numbers = new Float32Array(new Uint8Array(seen).buffer);
    errors.push(normalisedError(Array.from(numbers), Array.from(wanted)));
  }
  for (const tensor of [...inputs.values(), ...outputs]) peers.group.free(tensor);
  return errors;
}

function product(m: number, k: number, n: number): Graph {
  const g = new GraphMaker();
  return g.graph([g.matmul(g.input("a", [m, k]), g.input("b", [k, n]))]);
}

describe("a group of peers", () => {
  test.each([
    ["rows", { a: split(0), b: broadcast }],
    ["columns", { a: broadcast, b: split(1) }],
    ["the inner axis", { a: split(1), b: split(0) }],
    ["what does not fit together", { a: split(0), b: split(0) }],
  ])("[GR1] a product cut along %s is what one device gives", async (_, layouts) => {
    for (const count of [2, 3, 4]) {
      const peers = await open(count);
      const errors = await compared(peers, product(13, 12, 9), layouts);
      expect(errors.every((error) => error < 1e-12)).toBe(true);
    }
  });

  test("[GR2] a tensor goes from every layout to every other for the bytes of the formula, over links", async () => {
    const peers = await open(4);
    const values = floats(8 * 16, 3);
    const type = { dtype: "f32", shape: [8, 16] } as const;
    const layouts: readonly Sbp[] = [split(0), split(1), broadcast, partial.sum, at(0), at(2)];
    for (const from of layouts) {
      for (const to of layouts) {
        const tensor = await peers.group.put(bytesOf(values), type, from);
        const g = new GraphMaker();
        const graph = g.graph([g.input("a", [8, 16])]);
        const before = peers.moved();
        const [moved] = await peers.group.compute(graph, new Map([["a", tensor]]), { outputs: [to] });
        expect([sayOf(from), sayOf(to), peers.moved() - before]).toEqual([
          sayOf(from),
          sayOf(to),
          boxingBytes(from, to, values.byteLength, 4),
        ]);
        if (moved === undefined) throw new Error("no result");
        const seen = new Float32Array(new Uint8Array(await peers.group.get(moved)).buffer);
        expect(normalisedError(Array.from(seen), Array.from(values))).toBeLessThan(1e-12);
        peers.group.free(tensor);
        peers.group.free(moved);
      }
    }
  });

  test("[GR3] nothing is left on any peer when everything is freed", async () => {
    const peers = await open(3);
    await compared(peers, product(9, 6, 12), { a: split(1), b: split(0) });
    await expect
      .poll(() => peers.workers.map(({ memory }) => memory))
      .toEqual([
        { tensors: 0, bytes: 0 },
        { tensors: 0, bytes: 0 },
        { tensors: 0, bytes: 0 },
      ]);
  });

  test("[GR4] a rank that fails ends the run for all, with its fault, and the next run works", async () => {
    let broken = true;
    const peers = await open(3, {
      device: (rank, plain) => ({
        ...plain,
        run: (graph, signal) =>
          rank === 2 && broken ? Promise.reject(new Error("the device is lost")) : plain.run(graph, signal),
      }),
    });
    const graph = product(9, 6, 12);
    await expect(compared(peers, graph, { a: split(1), b: split(0) })).rejects.toThrow(/device is lost/u);
    broken = false;
    expect(await compared(peers, graph, { a: split(1), b: split(0) })).toEqual([expect.closeTo(0, 8)]);
  });

  test("[GR11] a node that is two outputs is two tensors, each freed by itself", async () => {
    const peers = await open(2);
    const type = { dtype: "f32", shape: [4, 4] } as const;
    const a = await peers.group.put(bytesOf(floats(16, 1)), type, split(0));
    const g = new GraphMaker();
    const doubled = g.binary("add", g.input("a", [4, 4]), g.input("a", [4, 4]));
    const [first, second] = await peers.group.compute(g.graph([doubled, doubled]), new Map([["a", a]]));
    if (first === undefined || second === undefined) throw new Error("no results");
    peers.group.free(first);
    const seen = new Float32Array(new Uint8Array(await peers.group.get(second)).buffer);
    expect(Array.from(seen)).toEqual(Array.from(floats(16, 1), (value) => 2 * value));
  });

  test("[GR15] goes around a slow edge by what its links cost: the same numbers, for as many bytes", async () => {
    const slow: LinkCosts = {
      latency: () => 1,
      perByte: (from, to) => (Math.abs(from - to) === 2 ? 1 : 1e-4),
    };
    const seen: (readonly [readonly number[], ReadonlySet<string>, number])[] = [];
    for (const linkCosts of [() => undefined, () => slow]) {
      const peers = await open(4, { linkCosts });
      const type = { dtype: "f32", shape: [32, 32] } as const;
      const tensor = await peers.group.put(bytesOf(floats(1_024, 3)), type, split(0));
      const g = new GraphMaker();
      const graph = g.graph([g.matmul(g.input("a", [32, 32]), g.input("a", [32, 32]), true)]);
      let edges: ReadonlySet<string> = new Set();
      const [whole] = await peers.group.compute(graph, new Map([["a", tensor]]), {
        outputs: [broadcast],
        timeline: ({ events }) => {
          const sends = events.filter(({ kind }) => kind === "send");
          edges = new Set(sends.map(({ rank, peer }) => `${rank}>${peer}`));
        },
      });
      if (whole === undefined) throw new Error("no result");
      const values = new Float32Array(new Uint8Array(await peers.group.get(whole)).buffer);
      seen.push([Array.from(values), edges, peers.moved()]);
    }
    expect(seen[1]?.[0]).toEqual(seen[0]?.[0]);
    expect(seen.map(([, edges]) => edges.has("0>2"))).toEqual([true, false]);
    expect(seen[1]?.[2]).toBe(seen[0]?.[2]);
  });

  test("[GR5] what a peer has no room for is refused before it is sent, and names the peer's room", async () => {
    const peers = await open(2, { budgetBytes: 1_000 });
    const type = { dtype: "f32", shape: [2, 400] } as const;
    await expect(peers.group.put(bytesOf(floats(800, 1)), type, split(0))).rejects.toMatchObject({
      code: "mesh/full",
    });
  });

  test("[GR6] over WebRTC, with real channels between all four", { retry: 1 }, async () => {
    const connections: RTCPeerConnection[] = [];
    const peers = await open(4, {
      connect: async (a, b) => {
        connections.push(...(await connectByWebRtc(a, b)));
      },
    });
    expect(await compared(peers, product(64, 96, 80), { a: split(0), b: split(1) })).toEqual([
      expect.closeTo(0, 8),
    ]);
    peers.close();
    for (const connection of connections) connection.close();
  });
});

describe("a worker", () => {
  const type: TensorType = { dtype: "f32", shape: [4] };
  const bytes = bytesOf(floats(4, 1));

  test("[GR7] takes work from nobody but who may give it", async () => {
    const peers = await open(3);
    const headers: readonly Header[] = [
      { kind: "put", name: "x", type },
      { kind: "plan", run: "r", ranks: ["p1", "p2"], rank: 1, names: [] },
      { kind: "get", name: "g.0", ask: 1 },
      { kind: "free", names: ["g.0"] },
      { kind: "stop", run: "g.1" },
    ];
    for (const header of headers) {
      const body = header.kind === "put" ? bytes : new Uint8Array(0);
      await expect(peers.linkOf(1, 2).send(header, body)).rejects.toMatchObject({ code: "mesh/not-allowed" });
    }
    expect(peers.workers[2]?.memory).toEqual({ tensors: 0, bytes: 0 });
  });

  test("[GR10] what a run makes after it has failed is freed, too", async () => {
    const alive = new Set<string>();
    const peers = await open(2, {
      device: (_, plain) => ({
        ...plain,
        run: async (graph, signal) => {
          const made = await plain.run(graph, signal);
          await new Promise((resolve) => setTimeout(resolve, 30));
          return made.map((handle) => kept(alive, handle));
        },
        free: (handle) => {
          alive.delete(handle);
          plain.free(handle);
        },
      }),
    });
    const plan = { tasks: [ones("a", type), ones("b", type)], sends: [], receives: [], results: ["a", "b"] };
    const header = { kind: "plan", run: "r", ranks: ["p0", "p1"], rank: 1, names: [] } as const;
    const run = peers.workers[1]?.run(header, plan);
    peers.workers[1]?.stop("r");
    await expect(run).rejects.toMatchObject({ code: "run/stopped" });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(alive.size).toBe(0);
  });

  test("[GR12] two tensors of one name at once: one is held, and counted once", async () => {
    const peers = await open(2);
    const large: TensorType = { dtype: "f32", shape: [100_000] };
    const put = (): Promise<unknown> =>
      peers.linkOf(0, 1).send({ kind: "put", name: "x", type: large }, new Uint8Array(400_000));
    const ends = await Promise.allSettled([put(), put()]);
    expect(ends.filter(({ status }) => status === "rejected")).toMatchObject([
      { reason: { code: "mesh/taken" } },
    ]);
    expect(peers.workers[1]?.memory).toEqual({ tensors: 1, bytes: 400_000 });
  });

  test("[GR13] a plan that is no JSON is refused as such", async () => {
    const peers = await open(2);
    const header = { kind: "plan", run: "r", ranks: ["p0", "p1"], rank: 1, names: [] };
    const sent = peers.linkOf(0, 1).send(header, new Uint8Array([123, 255]));
    await expect(sent).rejects.toMatchObject({ code: "decode/json" });
  });

  test("[GR14] more runs at once than a worker takes are refused, and it takes others when some are over", async () => {
    const plain = executorDevice(openInterpreter({ budgetBytes: 2 ** 20, reason: "test" }), portableTarget);
    const device = new BudgetedDevice(plain, { clock: realClock, share: 1 });
    const worker = new PeerWorker({ device, budgetBytes: 2 ** 20, mostRuns: 2, drives: () => true });
    const run = (name: string): Promise<unknown> =>
      worker.run(
        { kind: "plan", run: name, ranks: ["p0"], rank: 0, names: [name] },
        { tasks: [ones("x", { dtype: "f32", shape: [4] })], sends: [], receives: [], results: ["x"] },
      );
    device.pause();
    const [first, second] = [run("a"), run("b")];
    await expect(run("c")).rejects.toMatchObject({ code: "mesh/busy" });
    device.resume();
    await Promise.all([first, second, first.then(() => run("d"))]);
    expect(worker.memory).toEqual({ tensors: 3, bytes: 48 });
  });

  test("[GR8] takes values only from the rank that the plan names, of the type that it says", async () => {
    const peers = await open(3);
    const plan = { tasks: [], sends: [], receives: [{ value: "v", from: 1, type }], results: ["v"] };
    const run = peers.workers[2]?.run(
      { kind: "plan", run: "r", ranks: ["p0", "p1", "p2"], rank: 2, names: ["out"] },
      plan,
    );
    const value = (from: number, more: object): Promise<unknown> =>
      peers.linkOf(from, 2).send({ kind: "value", run: "r", name: "v", rank: 1, type, ...more }, bytes);
    await expect(value(0, {})).rejects.toMatchObject({ code: "mesh/plan" });
    await expect(value(1, { name: "w" })).rejects.toMatchObject({ code: "mesh/plan" });
    await expect(value(1, { type: { dtype: "i32", shape: [4] } })).rejects.toMatchObject({
      code: "mesh/plan",
    });
    await expect(value(1, { type: { dtype: "f32", shape: [5] } })).rejects.toMatchObject({
      code: "mesh/lie",
    });
    await value(1, {});
    await run;
    await expect(value(1, {})).rejects.toMatchObject({ code: "mesh/late" });
    expect(peers.workers[2]?.memory).toEqual({ tensors: 1, bytes: 16 });
  });

  test("[GR17] a run is not over before all has come that others send to it, also what nobody reads", async () => {
    const peers = await open(2);
    const plan = { tasks: [], sends: [], receives: [{ value: "v", from: 0, type }], results: [] };
    const header = { kind: "plan", run: "r", ranks: ["p0", "p1"], rank: 1, names: [] } as const;
    const run = peers.workers[1]?.run(header, plan);
    const sent = peers.linkOf(0, 1).send({ kind: "value", run: "r", name: "v", rank: 0, type }, bytes);
    await expect(sent).resolves.toBe(null);
    await run;
    expect(peers.workers[1]?.memory).toEqual({ tensors: 0, bytes: 0 });
  });

  const wrong: Record<string, Partial<PeerPlan>> = {
    "a result that nobody makes": { results: ["x"] },
    "a send of nothing": { sends: [{ value: "x", to: 0, as: "y" }] },
    "a value that is written twice": {
      receives: [
        { value: "x", from: 0, type },
        { value: "x", from: 1, type },
      ],
    },
    "a task that reads what is not there": {
      tasks: [
        {
          graph: { nodes: [{ kind: "input", tensor: "x", type }], kernels: [], outputs: [0] },
          outputs: ["y"],
        },
      ],
    },
    "a task that reads another type": {
      receives: [{ value: "x", from: 0, type: { dtype: "i32", shape: [4] } }],
      tasks: [
        {
          graph: { nodes: [{ kind: "input", tensor: "x", type }], kernels: [], outputs: [0] },
          outputs: ["y"],
        },
      ],
    },
  };
  test.each(Object.entries(wrong))("[GR9] refuses a plan with %s", async (_, part) => {
    const peers = await open(2);
    const plan = { tasks: [], sends: [], receives: [], results: [], ...part };
    const header = { kind: "plan", run: "r", ranks: ["p0", "p1"], rank: 1, names: [] };
    const body = new TextEncoder().encode(JSON.stringify(encodePlan(plan)));
    await expect(peers.linkOf(0, 1).send(header, body)).rejects.toMatchObject({ code: "mesh/plan" });
  });
});

/** A task that needs nothing. */
function ones(value: string, type: TensorType): Task {
  return {
    graph: { nodes: [{ kind: "fill", value: 1, type }], kernels: [], outputs: [0] },
    outputs: [value],
  };
}
