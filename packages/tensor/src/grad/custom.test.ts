import { type Graph, readsOf, sizeOf } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../tensor.ts";
import { kernelOf, open } from "../testing/cell.ts";

const list = async (tensor: Tensor): Promise<readonly number[]> => Array.from(await tensor.data(), Number);

const block = (w: Tensor) => (y: Tensor) => y.matmul(w).maximum(-0.5).sin().exp().tanh();
const mixed = (x: Tensor) => x.attention(x.sin(), x.take([1, 1, 0, 2]).softmax(), { causal: true });

/** Most elements at once when every node has a buffer from when it is computed until it was last read. Views share theirs. */
function mostAlive({ nodes, outputs }: Graph): number {
  const last = new Map<number, number>();
  nodes.forEach((node, id) => readsOf(node).forEach((read) => last.set(read, id)));
  const kept = new Set(outputs);
  let [alive, most] = [0, 0];
  const sizes = nodes.map(({ kind, type }) =>
    ["input", "fill", "iota", "reshape", "permute", "broadcast"].includes(kind) ? 0 : sizeOf(type.shape),
  );
  nodes.forEach((node, id) => {
    alive += sizes[id] ?? 0;
    most = Math.max(most, alive);
    for (const read of new Set(readsOf(node)))
      if (last.get(read) === id && !kept.has(read)) alive -= sizes[read] ?? 0;
  });
  return most;
}

describe("customGrad", () => {
  test("[D16] goes by the function given, for kernels too, and can be differentiated again", async () => {
    const cell = open();
    const { customGrad, grad, gradcheck, out, tensor } = cell;
    const f = kernelOf(
      cell,
      "(x: Ptr, y: Ptr) => { const a = arange(4); const v = load(x + a); store(y + a, v * v * v); }",
    );
    const cube = customGrad(
      (x: Tensor) => f.launch(1, x, out(4)),
      (g, _, x) => g.mul(x).mul(x).mul(3),
    );
    const x = tensor([1, -2, 0.5, 3]);
    expect((await gradcheck((y: Tensor) => cube(y).sin(), [x])).passed).toBe(true);
    const second = grad((y: Tensor) => grad((z: Tensor) => cube(z).sum())(y).sum())(x);
    expect(await list(second)).toEqual([6, -12, 3, 18]);
  });

  test("[D17] several inputs, of which some have none; a gradient of another shape is a fault", async () => {
    const { customGrad, grad, tensor } = open();
    const [x, ids] = [tensor([1, 2]), tensor([1, 0], { dtype: "i32" })];
    const picked = customGrad(
      (a: Tensor, b: Tensor) => a.take(b),
      (g) => [g.mul(10), undefined],
    );
    expect(await list(grad((a: Tensor) => picked(a, ids).sum())(x))).toEqual([10, 10]);
    const wrong = (given: unknown) =>
      customGrad(
        (a: Tensor) => a.neg(),
        () => given as Tensor,
      );
    const faulty = expect.objectContaining({ code: "grad/custom" });
    expect(() => grad((a: Tensor) => wrong(tensor([1]))(a).sum())(x)).toThrow(faulty);
    expect(() => grad((a: Tensor) => wrong([])(a).sum())(x)).toThrow(faulty);
    expect(() => grad((a: Tensor) => wrong(3)(a).sum())(x)).toThrow(faulty);
  });
});

describe("checkpoint", () => {
  test("[D18] same value and gradients, also of what is read by name; fewer values alive at once", async () => {
    const runs = await Promise.all(
      [false, true].map(async (again) => {
        const { checkpoint, random, realize, valueAndGrad, host } = open();
        const weights = [1, 2, 3, 4, 5, 6].map((seed) => random.normal([8, 8], { seed }));
        const x = random.normal([32, 8], { seed: 9 });
        const loss = (ws: readonly Tensor[]) => {
          return ws.reduce((so, w) => (again ? checkpoint(block(w)) : block(w))(so), x).sum();
        };
        const { value, grad } = valueAndGrad(loss)(weights);
        await realize(value, grad);
        const [graph] = host.graphs;
        if (graph === undefined) throw new Error("nothing was computed");
        return {
          numbers: [await list(value), ...(await Promise.all(grad.map(list)))],
          alive: mostAlive(graph),
        };
      }),
    );
    const [plain, again] = runs;
    expect(again?.numbers).toEqual(plain?.numbers);
    expect(again?.alive).toBeLessThan((plain?.alive ?? 0) / 2);
  });

  test("[D19] inside of each other, and differentiated twice", async () => {
    const { checkpoint, grad, gradcheck, tensor } = open();
    const inner = checkpoint((x: Tensor) => x.sin().mul(x));
    const outer = checkpoint((x: Tensor) => inner(x).exp().mul(inner(x)));
    const slope = (x: Tensor) => grad((y: Tensor) => outer(y).sum())(x);
    expect((await gradcheck(slope, [tensor([0.3, -1.1])])).passed).toBe(true);
  });
});

describe("jvp", () => {
  test("[D20] is the derivative along the tangents, of results of any shape and form", async () => {
    const { jvp, tensor } = open();
    const [x, y] = [tensor([1, 2]), tensor([3, 4])];
    const { value, tangent } = jvp(
      (a: Tensor, b: Tensor) => ({ product: a.mul(b), cube: a.mul(a).mul(a), place: a.argmax() }),
      [x, y],
      [tensor([1, 10]), tensor([0, 1])],
    );
    expect(await list(value.product)).toEqual([3, 8]);
    // a' b + a b', and 3 a^2 a'.
    expect(await list(tangent.product)).toEqual([3, 42]);
    expect(await list(tangent.cube)).toEqual([3, 120]);
    expect([tangent.place.dtype, await list(tangent.place)]).toEqual(["i32", [0]]);
  });

  test("[D21] agrees with reverse mode: u (J t) is (u J) t", async () => {
    const { jvp, grad, random } = open();
    const [q, t, u] = [1, 2, 3].map((seed) => random.normal([4, 3], { seed })) as [Tensor, Tensor, Tensor];
    const forward = await jvp(mixed, [q], [t]).tangent.mul(u).sum().item();
    const back = await grad((x: Tensor) => mixed(x).mul(u).sum())(q)
      .mul(t)
      .sum()
      .item();
    expect(forward).toBeCloseTo(back, 5);
    expect(Math.abs(back)).toBeGreaterThan(0.01);
  });

  test("[D22] tangents that do not fit are a fault", () => {
    const { jvp, tensor } = open();
    for (const wrong of [tensor([1]), tensor([1, 2], { dtype: "i32" })])
      expect(() => jvp((x: Tensor) => x, [tensor([1, 2])], [wrong])).toThrow(
        expect.objectContaining({ code: "grad/tangents", hint: expect.any(String) }),
      );
  });
});
