import { meshOf } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { openMeshCell } from "./mesh-cell.ts";

const values = (count: number): Float32Array => Float32Array.from({ length: count }, (_, at) => at / 64);

describe("a cell with other devices", () => {
  test("[MC1] computes on them what lies there: values are those of one device, bytes those of the formula", async () => {
    const { cell, host, close } = await openMeshCell(2);
    const room = await cell.mesh();
    const x = cell.random.normal([8, 16], { seed: 1 });
    const w = cell.random.normal([16, 12], { seed: 2 });
    const cut = x.to(room, cell.sbp.split(1));
    const y = cut.matmul(w.to(room, cell.sbp.split(0))).to(room, cell.sbp.broadcast);
    const { bytes } = await room.measure(() => cell.realize(y));
    // All-reduce of 8 x 12 terms: 2 (p - 1) T.
    expect(bytes).toBe(2 * 8 * 12 * 4);
    expect(meshOf(y.handle ?? "")).toBe("m");
    expect(host.graphs).toEqual([]);
    expect((await cell.compare(y)).nmse).toBeLessThan(1e-10);
    close();
  });

  test("[MC2] goes on with what lies there, and brings it back where it is read", async () => {
    const { cell, close } = await openMeshCell(2);
    const room = await cell.mesh(2);
    const x = cell.tensor([1, 2, 3, 4, 5, 6], { shape: [6] }).to(room, cell.sbp.split(0));
    await cell.realize(x);
    const { bytes } = await room.measure(() => cell.realize(x.mul(2).add(1)));
    expect(bytes).toBe(0);
    expect(Array.from(await x.mul(2).data())).toEqual([2, 4, 6, 8, 10, 12]);
    close();
  });

  test("[MC3] gradients go through", async () => {
    const { cell, close } = await openMeshCell(2);
    const room = await cell.mesh(2);
    const x = cell.random.normal([6, 4], { seed: 3 });
    const w = cell.random.normal([4, 3], { seed: 4 });
    const loss = (weights: typeof w): typeof w =>
      x.to(room, cell.sbp.split(0)).matmul(weights.to(room, cell.sbp.broadcast)).tanh().square().sum();
    const slope = cell.grad(loss)(w);
    expect(meshOf((await cell.realize(slope), slope.handle ?? ""))).toBe("m");
    const alone = cell.grad((weights: typeof w) => x.matmul(weights).tanh().square().sum())(w);
    expect((await cell.compare(slope, alone)).nmse).toBeLessThan(1e-10);
    close();
  });

  test("[MC4] what this device computes stays here, also beside what a mesh computes of it", async () => {
    const { cell, host, close } = await openMeshCell(2);
    const room = await cell.mesh(2);
    const a = cell.tensor([3, 1, 2]).mul(2);
    const b = a.to(room, cell.sbp.broadcast).add(1);
    await cell.realize(a, b);
    expect([meshOf(a.handle ?? ""), meshOf(b.handle ?? "")]).toEqual([undefined, "m"]);
    expect(host.graphs.length).toBe(1);
    expect(Array.from(await b.data())).toEqual([7, 3, 5]);
    close();
  });

  test("[MC5] what nobody has any more is freed on all ranks", async () => {
    const { cell, peers, close } = await openMeshCell(2);
    const room = await cell.mesh(2);
    const scope = cell.tensors.openScope("c");
    const x = cell.tensor([1, 2, 3, 4]).to(room, cell.sbp.split(0));
    await cell.realize(x, x.add(1));
    expect(peers.workers.map(({ memory }) => memory.tensors > 0)).toEqual([true, true]);
    scope.close();
    await expect.poll(() => peers.workers.map(({ memory }) => memory.tensors)).toEqual([0, 0]);
    close();
  });

  test("[MC7] what lies at one rank is computed there, and goes from rank to rank as the program says", async () => {
    const { cell, close } = await openMeshCell(3);
    const room = await cell.mesh(3);
    let x = cell.random.normal([4, 8], { seed: 5 }).to(room, cell.sbp.at(0));
    const stages = [1, 2, 3].map((seed) => cell.random.normal([8, 8], { seed }));
    for (const [rank, w] of stages.entries())
      x = x
        .to(room, cell.sbp.at(rank))
        .matmul(w.to(room, cell.sbp.at(rank)))
        .tanh();
    const { bytes, edges } = await room.measure(() => cell.realize(x));
    expect([bytes, edges.map(({ payload }) => payload)]).toEqual([2 * 4 * 8 * 4, [2 * 4 * 8 * 4]]);
    expect((await cell.compare(x)).nmse).toBeLessThan(1e-10);
    close();
  });

  test("[MC8] without a layout a tensor lies as its readers need it", async () => {
    const { cell, peers, close } = await openMeshCell(2);
    const room = await cell.mesh(2);
    const w = cell.tensor(values(32), { shape: [8, 4] }).to(room, cell.sbp.split(0));
    await cell.realize(w);
    const held = peers.workers.map(({ memory }) => memory.bytes);
    const y = cell
      .tensor(values(16), { shape: [2, 8] })
      .to(room)
      .matmul(w);
    const { bytes } = await room.measure(() => cell.realize(y));
    // Cut along the axis that is summed over: nothing moves, and each rank has half of it, beside its term.
    expect(bytes).toBe(0);
    const more = peers.workers.map(({ memory }, rank) => memory.bytes - (held[rank] ?? 0));
    expect(more).toEqual([16 * 2 + 2 * 4 * 4, 16 * 2 + 2 * 4 * 4]);
    expect((await cell.compare(y)).nmse).toBeLessThan(1e-10);
    close();
  });

  test("[MC6] a rank that is not there, two meshes at once and words that are none are refused", async () => {
    const { cell, close } = await openMeshCell(2);
    const room = await cell.mesh(2);
    const x = cell.tensor([1, 2]);
    expect(() => x.to(room, cell.sbp.at(2))).toThrow("no rank 2 in a mesh of 2");
    expect(() => cell.sbp.split(-1)).toThrow("takes a whole number");
    expect(() => x.to(room, cell.sbp.split(1))).toThrow("axis 1");
    await expect(cell.mesh(0)).rejects.toThrow("a number of devices or a list of their names, not 0");
    await expect(cell.mesh([])).rejects.toThrow("not []");
    // @ts-expect-error -- not a layout
    expect(() => x.to(room, "split")).toThrow('not "split"');
    // @ts-expect-error -- not a function
    await expect(room.measure(x)).rejects.toThrow("measure() takes a function");
    // @ts-expect-error -- not a mesh
    expect(() => x.to(undefined, cell.sbp.broadcast)).toThrow("to() takes a mesh");
    close();
  });
});
