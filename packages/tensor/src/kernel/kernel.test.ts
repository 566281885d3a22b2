import { analyzeCell } from "@tilebook/lang";
import { describe, expect, test } from "vitest";
import { kernelOf, open, type TestCell } from "../testing/cell.ts";
import type { Kernel } from "./kernel.ts";

const scale = `(x: Ptr, y: Ptr, n: i32, by: f32) => {
  const at = programId(0) * BLOCK + arange(BLOCK);
  store(y + at, load(x + at, at < n) * by, at < n);
}`;

function scaling(cell: TestCell): Kernel {
  return kernelOf(cell, scale, { BLOCK: 4 });
}

describe("launch", () => {
  test("[K1] runs over a grid and gives back the tensor it makes", async () => {
    const cell = open();
    const y = scaling(cell).launch(2, cell.tensor([1, 2, 3, 4, 5]), cell.out(5), 5, 10);
    expect(y.shape).toEqual([5]);
    expect(await y.array()).toEqual([10, 20, 30, 40, 50]);
  });

  test("[K2] several outs come as a list, zero-filled, computed in one launch", async () => {
    const cell = open();
    const both = kernelOf(
      cell,
      `(x: Ptr, less: Ptr, more: Ptr<"i32">) => {
        const at = arange(2);
        store(less + at, load(x + at) - 1);
        store(more + at, full([2], 7, "i32"), at < 1);
      }`,
    );
    const [less, more] = both.launch(1, cell.tensor([1, 2]), cell.out(2), cell.out([2], "i32"));
    expect(await less.array()).toEqual([0, 1]);
    expect(await more.array()).toEqual([7, 0]);
    expect(cell.host.graphs.length).toBe(1);
  });

  test("[K3] is lazy, and its result is an input of others", async () => {
    const cell = open();
    const y = scaling(cell)
      .launch(1, cell.tensor([1, 2]).add(1), cell.out(2), 2, 2)
      .sum();
    expect(cell.host.graphs.length).toBe(0);
    expect(await y.item()).toBe(10);
  });

  test("[K4] captured values are those of the moment of the launch, each lowered once", async () => {
    const cell = open();
    let block = 4;
    const text = { source: "cell", text: `const f = kernel(${scale});`, kernel: "k0" };
    const [site] = analyzeCell({ id: "cell", text: text.text }, { globals: new Set() }).kernels;
    const params = site?.params ?? [];
    const f = cell.kernel({ text, captured: () => ({ BLOCK: block }), name: "f", params });
    const x = cell.tensor([1, 2]);
    f.launch(1, x, cell.out(2), 2, 1);
    f.launch(1, x, cell.out(2), 2, 2);
    expect(cell.host.lowered).toBe(1);
    block = 1;
    expect(await f.launch(1, x, cell.out(2), 2, 2).array()).toEqual([2, 0]);
    expect(cell.host.lowered).toBe(2);
  });

  test.each([
    ["too few arguments", "kernel/arguments", (f, { tensor }) => f.launch(1, tensor([1]))],
    [
      "another dtype",
      "kernel/dtype",
      (f, { tensor, out }) => f.launch(1, tensor([1]).cast("i32"), out(1), 1, 1),
    ],
    [
      "an out of another dtype",
      "kernel/dtype",
      (f, { tensor, out }) => f.launch(1, tensor([1]), out(1, "f16"), 1, 1),
    ],
    ["an array", "kernel/pointer", (f, { out }) => f.launch(1, [1] as never, out(1), 1, 1)],
    ["a number for a pointer", "kernel/pointer", (f, { tensor }) => f.launch(1, tensor([1]), 2, 1, 1)],
    [
      "a tensor it would change",
      "kernel/writes-input",
      (f, { tensor }) => f.launch(1, tensor([1]), tensor([1]), 1, 1),
    ],
    ["an out it never writes", "kernel/never-written", (f, { out }) => f.launch(1, out(1), out(1), 1, 1)],
    ["half an integer", "kernel/scalar", (f, { tensor, out }) => f.launch(1, tensor([1]), out(1), 1.5, 1)],
    [
      "a tensor for a number",
      "kernel/scalar",
      (f, { tensor, out }) => f.launch(1, tensor([1]), out(1), tensor(1), 1),
    ],
    ["no grid", "kernel/grid", (f, { tensor, out }) => f.launch(0, tensor([1]), out(1), 1, 1)],
    [
      "a grid of four axes",
      "kernel/grid",
      (f, { tensor, out }) => f.launch([1, 1, 1, 1], tensor([1]), out(1), 1, 1),
    ],
    [
      "too large a grid",
      "kernel/grid",
      (f, { tensor, out }) => f.launch([2 ** 20, 2 ** 20], tensor([1]), out(1), 1, 1),
    ],
  ] satisfies [string, string, (f: Kernel, cell: TestCell) => unknown][])(
    "[K5] %s is refused at the call",
    (_, code, act) => {
      const cell = open();
      cell.host.span = { source: "a", start: 1, end: 2 };
      expect(() => act(scaling(cell), cell)).toThrow(expect.objectContaining({ code, span: cell.host.span }));
    },
  );

  test.each([
    "(y: Ptr, n: number) => store(y, n)",
    "(y, n: i32) => store(y, n)",
    "(y: Ptr, { n }) => store(y, n)",
  ])("[K7] a wrongly declared parameter is the first thing said: %s", (text) => {
    const cell = open();
    const launch = (): unknown => kernelOf(cell, text).launch(1, cell.out(1), 2);
    expect(launch).toThrow(expect.objectContaining({ code: "kernel/parameter" }));
  });

  test("[K8] loops that no device ends are refused at the call; those that may end early are not", () => {
    const cell = open();
    const nested = "for (const i of range(n)) for (const j of range(i, n + i)) s += 1;";
    const launch = (loops: string, n: number): unknown =>
      kernelOf(cell, `(y: Ptr, n: i32) => { let s = 0; ${loops} store(y, s); }`).launch(1, cell.out(1), n);
    expect(() => launch(nested, 2 ** 14 + 1)).toThrow(
      expect.objectContaining({
        code: "kernel/turns",
        message: expect.stringContaining("268,468,225 turns"),
      }),
    );
    for (const [loops, n] of [
      [nested, 2 ** 14],
      ["for (const i of range(n)) { if (s > 3) break; s += 1; }", 2 ** 30],
      ["if (n < 0) for (const i of range(n)) s += 1;", 2 ** 30],
      ["for (const i of range(n)) s += 1;", -5],
    ] as const)
      expect(() => launch(loops, n)).not.toThrow();
  });

  test("[K6] a kernel that makes nothing, a function that is none, and a fault in the kernel's own text", () => {
    const cell = open();
    cell.host.span = { source: "a", start: 1, end: 2 };
    const nothing = kernelOf(cell, "(x: Ptr) => { load(x + arange(2)); }");
    expect(() => nothing.launch(1, cell.tensor([1]))).toThrow(
      expect.objectContaining({ code: "kernel/no-output" }),
    );
    expect(() => cell.kernel((() => 1) as never)).toThrow(
      expect.objectContaining({ code: "kernel/function" }),
    );
    const wrong = kernelOf(cell, "(x: Ptr) => { store(x + arange(3), 1); }");
    expect(() => wrong.launch(1, cell.out(3))).toThrow(
      expect.objectContaining({ span: expect.objectContaining({ source: "cell" }) }),
    );
  });

  const counting = `(x: Ptr, sums: Ptr<"i32">) => {
    const at = arange(4);
    store(sums + at, load(sums + at, at < 3) + load(x + at, at < 3, 0).to("i32"), at < 3);
  }`;

  test("[K7] an out may start from one value or from a tensor, which stays as it is", async () => {
    const cell = open();
    const add = kernelOf(cell, counting);
    const x = cell.tensor([1, 2, 3]);
    const filled = add.launch(1, x, cell.out(3, "i32", { fill: -10 }));
    expect(await filled.array()).toEqual([-9, -8, -7]);
    const twice = add.launch(1, x, cell.out(3, undefined, { from: filled }));
    expect(twice.dtype).toBe("i32");
    expect(await twice.array()).toEqual([-8, -6, -4]);
    expect(await filled.array()).toEqual([-9, -8, -7]);
  });

  test("[K8] a chain of launches that add to one another is one run, and its reference agrees", async () => {
    const cell = open();
    const add = kernelOf(cell, counting);
    let sums = cell.tensor.zeros(3, "i32");
    for (let turn = 0; turn < 4; turn++)
      sums = add.launch(
        1,
        cell.tensor([1, 2, 3]),
        cell.out(3, "i32", { from: sums.reshape(1, 3).reshape(3) }),
      );
    expect(await sums.array()).toEqual([4, 8, 12]);
    expect(cell.host.graphs.length).toBe(1);
    expect([...(await cell.reference(sums))]).toEqual([4, 8, 12]);
  });

  test("[K9] packed outs start from packed tensors", async () => {
    const cell = open();
    const set = kernelOf(cell, `(x: Ptr<"i4">, y: Ptr<"u8">) => { store(x + 1, 7); store(y + 2, 255); }`);
    const x = cell.tensor([-1, -2, -3], { dtype: "i4" });
    const [four, eight] = set.launch(1, cell.out(3, "i4", { from: x }), cell.out(3, "u8", { fill: 9 }));
    expect(await four.array()).toEqual([-1, 7, -3]);
    expect(await eight.array()).toEqual([9, 9, 255]);
  });

  test.each([
    ["another shape", { from: [1, 2] }, "[3]"],
    ["another dtype", { from: [1.5, 2, 3] }, "f32"],
    ["a value and a tensor", { from: [1, 2, 3], fill: 1 }, "not from both"],
    ["half of an integer", { fill: 0.5 }, "0.5"],
    ["a text", { fill: "1" }, "string"],
    ["an option that is none", { value: 1 }, "value"],
    ["a number alone", 1, "{ fill: value }"],
  ])("[K10] an out cannot start from %s", (_, start, said) => {
    const cell = open();
    cell.host.span = { source: "a", start: 1, end: 2 };
    const given =
      typeof start === "object" && "from" in start ? { ...start, from: cell.tensor(start.from) } : start;
    expect(() => cell.out(3, "i32", given as never)).toThrow(
      expect.objectContaining({
        code: "kernel/out",
        span: cell.host.span,
        message: expect.stringContaining(said) as string,
      }),
    );
  });
});
