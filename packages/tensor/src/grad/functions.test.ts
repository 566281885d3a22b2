import { describe, expect, test } from "vitest";
import type { Tensor } from "../tensor.ts";
import { kernelOf, open } from "../testing/cell.ts";

const list = async (tensor: Tensor): Promise<readonly number[]> => Array.from(await tensor.data(), Number);

/** A fault with this code that says what to try. */
function fault(code: string): unknown {
  return expect.objectContaining({ code, hint: expect.any(String), message: expect.any(String) });
}

describe("grad", () => {
  test("[D7] of a tensor, and of a tree, in its form; what is no tensor stays", async () => {
    const { grad, tensor } = open();
    expect(await list(grad((x: Tensor) => x.mul(x).sum())(tensor([1, 2, 3])))).toEqual([2, 4, 6]);
    const params = { first: [{ w: tensor([2]), scale: 3 }] as const, last: tensor([5]), name: "net" };
    const loss = ({ first: [{ w, scale }], last }: typeof params) => w.mul(scale).mul(last).sum();
    const found = grad(loss)(params);
    expect(found).toMatchObject({ name: "net", first: [{ scale: 3 }] });
    expect(await list(found.first[0].w)).toEqual([15]);
    expect(await list(found.last)).toEqual([6]);
  });

  test("[D8] value, gradient and what else is handed out come from one run; later arguments are constants", async () => {
    const { valueAndGrad, tensor, realize, host } = open();
    const [x, y] = [tensor([1, 2]), tensor([3, 4])];
    const both = valueAndGrad((a: Tensor, b: Tensor) => [a.mul(b).sum(), a.add(b)] as const);
    const { value, grad, aux } = both(x, y);
    await realize(value, grad, aux);
    expect(host.graphs.length).toBe(1);
    expect([await value.item(), await list(grad), await list(aux)]).toEqual([11, [3, 4], [4, 6]]);
  });

  test("[D9] mistakes are faults with a hint", () => {
    const { grad, tensor, out, tensors, host, ...cell } = open();
    const f = kernelOf(
      { ...cell, grad, tensor, out, tensors, host },
      "(x: Ptr, y: Ptr) => { store(y, load(x)); }",
    );
    const x = tensor([1, 2]);
    expect(() => grad((a: Tensor) => a.mul(2))(x)).toThrow(fault("grad/scalar"));
    expect(() => grad((a: Tensor) => a.argmax())(x)).toThrow(fault("grad/dtype"));
    expect(() => grad((a: Tensor) => a.sum())(x.cast("i32"))).toThrow(fault("grad/dtype"));
    expect(() => grad((a: Tensor) => f.launch(1, a, out(1)).sum())(x)).toThrow(fault("grad/kernel"));
    expect(() => grad((async (a: Tensor) => a.sum()) as never)(x)).toThrow(fault("grad/function"));
    expect(() => grad((() => 3) as never)(x)).toThrow(fault("grad/function"));
    expect(() => grad(x as never)).toThrow(fault("grad/function"));
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(() => grad(() => x.sum())(loop)).toThrow(fault("tree/depth"));
  });

  test("[D10] a fault on the way back stands where the value was written", () => {
    const opened = open();
    const { grad, tensor, out, host } = opened;
    const f = kernelOf(opened, "(x: Ptr, y: Ptr) => { store(y, load(x)); }");
    const at = { source: "cell", start: 5, end: 9 };
    const work = (x: Tensor) => {
      host.span = at;
      const y = f.launch(1, x, out(1));
      host.span = { source: "cell", start: 90, end: 99 };
      return y.sum();
    };
    expect(() => grad(work)(tensor([1]))).toThrow(expect.objectContaining({ code: "grad/kernel", span: at }));
  });

  test("[D11] what the loss does not depend on, and what is flat or stopped, has a gradient of zeros", async () => {
    const { grad, stopGradient, tensor } = open();
    const x = tensor([1.5, -2]);
    const other = x.mul(3);
    expect(await list(grad((a: Tensor) => other.add(a.ne(0)).sum())(x))).toEqual([0, 0]);
    expect(await list(grad((a: Tensor) => a.floor().add(a.gt(0).cast("f32")).sum())(x))).toEqual([0, 0]);
    expect(await list(grad((a: Tensor) => a.cast("i32").cast("f32").sum())(x))).toEqual([0, 0]);
    expect(await list(grad((a: Tensor) => a.mul(stopGradient(a)).sum())(x))).toEqual([1.5, -2]);
  });

  test("[D12] ties share, a product knows its zeros", async () => {
    const { grad, tensor } = open();
    const of = async (work: (x: Tensor) => Tensor, values: readonly number[]) =>
      list(grad(work)(tensor(values)));
    expect(await of((x) => x.max(), [1, 3, 3])).toEqual([0, 0.5, 0.5]);
    expect(await of((x) => x.maximum(3).sum(), [1, 3, 4])).toEqual([0, 0.5, 1]);
    expect(await of((x) => x.abs().sum(), [-1, 0, 4])).toEqual([-1, 0, 1]);
    expect(await of((x) => x.prod(), [2, 0, 5])).toEqual([0, 10, 0]);
    expect(await of((x) => x.prod(), [0, 0, 5])).toEqual([0, 0, 0]);
    expect(await of((x) => x.pow(2).sum(), [-3, 0])).toEqual([-6, 0]);
  });

  test("[D13] of a gradient: the third derivative of x^4 is 24 x", async () => {
    const { grad, tensor } = open();
    const total =
      (work: (x: Tensor) => Tensor) =>
      (x: Tensor): Tensor =>
        grad((y: Tensor) => work(y).sum())(x);
    const third = total(total(total((x) => x.pow(4))));
    expect(await list(third(tensor([1, -2])))).toEqual([24, -48]);
  });

  test("[D14] f16 stays f16, and numbers of packed dtypes are refused", async () => {
    const { grad, tensor } = open();
    const x = tensor([1, 2], { dtype: "f16" });
    const found = grad((a: Tensor) => a.mul(a).sum())(x);
    expect([found.dtype, await list(found)]).toEqual(["f16", [2, 4]]);
    expect(() => grad((a: Tensor) => a.cast("f32").sum())(x.cast("i8"))).toThrow(
      expect.objectContaining({ code: "grad/dtype" }),
    );
  });
});

describe("gradcheck", () => {
  test("[D15] gives a check and a row for each input; a wrong gradient does not pass", async () => {
    const { gradcheck, stopGradient, tensor } = open();
    const layer = { w: tensor([[0.3, -0.2]]), b: [tensor([0.1])] };
    const x = tensor([[1], [2]]);
    const work = ({ w, b }: typeof layer, y: Tensor) =>
      y
        .matmul(w)
        .add(b[0] ?? 0)
        .tanh();
    const good = await gradcheck(work, [layer, x]);
    expect(good).toMatchObject({ kind: "check", passed: true });
    expect(good.table.rows.map(([name]) => name)).toEqual(["0.w", "0.b.0", "1"]);
    const bad = await gradcheck((y: Tensor) => y.mul(stopGradient(y)), [tensor([1, 2])]);
    expect(bad.passed).toBe(false);
    await expect(gradcheck((n: number) => tensor(n), [3])).rejects.toMatchObject({ code: "grad/check" });
  });
});
