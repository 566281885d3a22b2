import { describe, expect, test } from "vitest";
import { kernelOf, open } from "./testing/cell.ts";

describe("lifetimes", () => {
  test("[L1] one run computes several tensors, shared parts once; computed ones are not computed again", async () => {
    const { tensor, realize, host } = open();
    const x = tensor([1, 2]);
    const shared = x.mul(3);
    const [a, b] = [shared.add(1), shared.sub(1)];
    await realize(a, [b, a]);
    expect(host.graphs.length).toBe(1);
    expect(host.graphs[0]?.nodes.filter((node) => node.kind === "binary").length).toBe(3);
    await a.data();
    expect(host.graphs.length).toBe(1);
    await a.add(b).data();
    expect(host.graphs[1]?.nodes.map((node) => node.kind)).toEqual(["input", "input", "binary"]);
  });

  test("[L2] calls at the same time follow each other and find earlier results", async () => {
    const { tensor, host } = open();
    const a = tensor([1]).add(1);
    const b = a.add(1);
    expect(await Promise.all([a.item(), b.item(), a.item()])).toEqual([2, 3, 2]);
    expect(host.graphs.map((graph) => graph.nodes.length)).toEqual([3, 3]);
  });

  test("[L3] a failed run leaves the tensors uncomputed and the next one works", async () => {
    const { tensor, host } = open();
    const a = tensor([1]).add(1);
    host.beforeRun = () => {
      throw new Error("lost");
    };
    await expect(a.data()).rejects.toThrow("lost");
    host.beforeRun = () => undefined;
    expect(await a.item()).toBe(2);
  });

  test("[L4] closing a scope frees its buffers, but not those that others still need", async () => {
    const { tensor, tensors, host } = open();
    const first = tensors.openScope("a");
    const data = tensor([1, 2]);
    const a = data.add(1);
    await a.data();
    const second = tensors.openScope("b");
    const b = a.mul(2);
    first.close();
    expect(await b.array()).toEqual([4, 6]);
    expect(() => a.add(1)).toThrow(expect.objectContaining({ code: "tensor/disposed" }));
    expect(a.handle).toBeUndefined();
    second.close();
    expect(host.alive.size).toBe(0);
  });

  test("[L5] a result remembers how it was made after its ancestors are gone", async () => {
    const { tensor, tensors, reference, host } = open();
    const scope = tensors.openScope("a");
    const a = tensor([0.1, 2]).exp();
    await a.data();
    tensors.openScope("b");
    const b = a.add(1);
    await b.data();
    scope.close();
    // Only the data that came from the cell, and b.
    expect(host.alive.size).toBe(2);
    expect(await reference(b)).toEqual(new Float64Array([Math.exp(Math.fround(0.1)) + 1, Math.exp(2) + 1]));
    b.dispose();
    expect(host.alive.size).toBe(0);
  });

  test("[L6] a long row of computed steps forgets its beginning and says so", async () => {
    const { tensor, reference, host } = open();
    let x = tensor([1]);
    for (let step = 0; step < 40; step++) {
      const next = x.add(1).mul(1);
      await next.data();
      x.dispose();
      x = next;
    }
    expect(await x.item()).toBe(41);
    // The start, the two values whose history was cut (the collector may still hold readers of them), and x.
    expect(host.alive.size).toBeLessThanOrEqual(4);
    expect(await reference(x)).toEqual(new Float64Array([41]));
    for (let step = 0; step < 17; step++) await (x = x.add(1)).data();
    let cut = 0;
    for (let step = 0; step < 17; step++) {
      await (x = x.add(1)).data();
      await reference(x).catch((error: { code: string }) => (cut += error.code === "tensor/history" ? 1 : 0));
    }
    expect(cut).toBe(1);
  });

  test("[L10] what was computed on the way and not kept is made again when it is asked for", async () => {
    const { tensor, host } = open();
    const x = tensor([1, 2]).mul(2);
    await x.data();
    const between = x.add(1);
    await between.neg().data();
    x.dispose();
    expect(host.alive.size).toBe(2);
    expect(await between.array()).toEqual([3, 5]);
  });

  test("[L7] thousands of operations in a row neither overflow the stack nor leak", async () => {
    const { tensor, tensors, host } = open();
    const scope = tensors.openScope("a");
    let x = tensor([0]);
    for (let step = 0; step < 4_900; step++) x = x.add(1);
    expect(await x.item()).toBe(4_900);
    scope.close();
    expect(host.alive.size).toBe(0);
  });

  test("[L11] more operations than a graph may have are several runs; what these hand on is freed", async () => {
    const { tensor, tensors, host } = open();
    const scope = tensors.openScope("a");
    let x = tensor([0, 1]);
    for (let step = 0; step < 30_000; step++) x = x.add(1);
    expect(await x.array()).toEqual([30_000, 30_001]);
    expect(host.graphs.length).toBeLessThan(20);
    scope.close();
    expect(host.alive.size).toBe(0);
  });

  test("[L12] ten thousand tensors side by side; a launch whose results are read far apart", async () => {
    const cell = open();
    const { tensor, host } = cell;
    const many = Array.from({ length: 10_001 }, (_, at) => tensor.full(1, at));
    expect(await tensor.concat(many).sum().item()).toBe(50_005_000);
    const both = kernelOf(
      cell,
      "(x: Ptr, y: Ptr, z: Ptr) => { store(y + programId(0), load(x + programId(0))); store(z + programId(0), 7); }",
    );
    const made = both.launch([1], tensor([1]), cell.out([1]), cell.out([1]));
    if (!Array.isArray(made)) throw new Error("two results");
    const [first, z] = made;
    let y = first;
    for (let step = 0; step < 6_000; step++) y = y?.add(1);
    expect(await z?.add(y ?? 0).item()).toBe(6_008);
    expect(host.graphs.length).toBeLessThan(20);
  });

  test("[L13] a result of the same launch that is disposed while it runs is not asked for again", async () => {
    const cell = open();
    const both = kernelOf(
      cell,
      "(x: Ptr, y: Ptr, z: Ptr) => { store(y + programId(0), load(x + programId(0))); store(z + programId(0), 7); }",
    );
    const made = both.launch([1], cell.tensor([1]), cell.out([1]), cell.out([1]));
    if (!Array.isArray(made)) throw new Error("two results");
    const [y, z] = made;
    cell.host.beforeRun = () => z?.dispose();
    expect(await y?.array()).toEqual([1]);
    expect(cell.host.graphs).toHaveLength(1);
  });

  test("[L8] disposing twice, while a run is under way, and after an operation failed", async () => {
    const { tensor, host } = open();
    const a = tensor([1, 2]);
    expect(() => a.add(tensor([1, 2, 3]))).toThrow(expect.objectContaining({ code: "shape/broadcast" }));
    const b = a.add(1);
    const done = b.data();
    a.dispose();
    a.dispose();
    expect(await done).toEqual(new Float32Array([2, 3]));
    b.dispose();
    b.dispose();
    await expect(b.data()).rejects.toMatchObject({ code: "tensor/disposed" });
    expect(host.alive.size).toBe(0);
  });

  test("[L9] tensors that outlived their worker are adopted, without a history", async () => {
    const { tensor, tensors, reference, host } = open();
    const kept = tensor([3]).add(1);
    await kept.data();
    const again = tensors.adopt(kept.handle ?? "", kept.type);
    expect(await again.mul(2).item()).toBe(8);
    await expect(reference(again)).rejects.toMatchObject({ code: "tensor/history" });
    expect(host.alive.size).toBeGreaterThan(0);
  });

  test("[L14] a reference of more operations than a graph may have says so", async () => {
    const { reference, tensor } = open();
    let long = tensor([1]);
    for (let step = 0; step < 6000; step++) long = long.add(1).mul(1);
    await expect(reference(long)).rejects.toMatchObject({
      code: "tensor/history",
      message: expect.stringMatching(
        /operations lead to this tensor, and the reference computes at most 10000/,
      ) as string,
    });
    expect(await long.item()).toBe(6001);
  });
});
