import { Fault } from "@tilebook/base";
import type { DType } from "@tilebook/ir";
import { array, assert, constantFrom, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { open } from "./testing/cell.ts";
import { codeOf } from "./testing/code-of.ts";
import { runCell } from "./testing/run-cell.ts";
import type { Tensor } from "./tensor.ts";
import { guards } from "./truth.ts";

type Ones = (shape: number[], dtype?: DType) => Tensor;

/** What `make` gives, or the code of its fault. */
function faultOr<T>(make: () => T): T | string {
  try {
    return make();
  } catch (error) {
    return error instanceof Fault ? error.code : String(error);
  }
}

/** The code and the hint of the fault that `act` ends in. */
function hintOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Fault) return `${error.code}: ${error.hint}`;
  }
  return "no fault";
}

describe("tensor values", () => {
  test("[T1] nested lists, typed arrays and scalars come back as they went in", async () => {
    const { tensor } = open();
    expect(
      await tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]).array(),
    ).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toMatchObject({ shape: [2, 3], dtype: "f32", size: 6, bytes: 24, rank: 2 });
    expect(await tensor(new Int32Array([7, 8]), { shape: [2, 1] }).array()).toEqual([[7], [8]]);
    expect(tensor(new Uint8Array([7])).dtype).toBe("i32");
    expect(tensor([true, false]).dtype).toBe("bool");
    expect(await tensor(3).item()).toBe(3);
    expect(tensor(3).shape).toEqual([]);
  });

  test("[T2] data() gives the dtype's array, rounded to it", async () => {
    const { tensor } = open();
    expect(await tensor([0.1, -2.7]).data()).toEqual(new Float32Array([0.1, -2.7]));
    expect(await tensor([1, 0, 5], { dtype: "bool" }).data()).toEqual(new Uint8Array([1, 0, 1]));
    expect(await tensor([0.1, 65519, 1e-7], { dtype: "f16" }).add(0).data()).toEqual(
      new Float32Array([0.0999755859375, 65504, 1.1920928955078125e-7]),
    );
  });

  test("[T3] a tensor keeps its values when the array it came from changes", async () => {
    const { tensor } = open();
    const values = new Float32Array([1, 2]);
    const kept = tensor(values);
    values[0] = 9;
    expect(await kept.array()).toEqual([1, 2]);
  });

  test("[T4] creators", async () => {
    const { tensor } = open();
    expect(await tensor.zeros([2]).array()).toEqual([0, 0]);
    expect(await tensor.ones([1, 2], "i32").data()).toEqual(new Int32Array([1, 1]));
    expect(await tensor.full(3, 2.5).array()).toEqual([2.5, 2.5, 2.5]);
    expect(await tensor.iota([2, 2]).array()).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(await tensor.eye(2).array()).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  test.each([
    ["ragged lists", () => open().tensor([[1, 2], [3]]), "tensor/values"],
    ["no numbers", () => open().tensor(["1"] as never), "tensor/values"],
    ["empty", () => open().tensor([]), "shape/sizes"],
    ["a shape that does not fit", () => open().tensor([1, 2, 3], { shape: [2, 2] }), "shape/data"],
    ["an unknown dtype", () => open().tensor.zeros([2], "f64" as never), "tensor/dtype"],
    ["a size of zero", () => open().tensor.zeros([0]), "shape/sizes"],
    ["too many axes", () => open().tensor.zeros([1, 1, 1, 1, 1, 1, 1, 1, 1]), "shape/rank"],
    ["too many elements", () => open().tensor.zeros([2 ** 20, 2 ** 20]), "shape/too-large"],
  ])("[T5] %s is a fault", (_, make, code) => {
    expect(make).toThrow(expect.objectContaining({ code }));
  });
});

test("[T5] a full tensor is of a number, or a boolean, that its dtype has", async () => {
  const { tensor } = open();
  const yes = tensor.full(2, true);
  expect([yes.dtype, await yes.array()]).toEqual(["bool", [1, 1]]);
  expect(await tensor.full(2, false, "f32").array()).toEqual([0, 0]);
  for (const [value, dtype] of [
    [1.5, "i32"],
    [-1, "u32"],
    [7, "bool"],
    ["a", "f32"],
  ] as const)
    expect(codeOf(() => tensor.full(2, value as number, dtype))).toBe("tensor/values");
});

describe("operations", () => {
  test("[O1] arithmetic broadcasts as NumPy does", async () => {
    const { tensor } = open();
    const column = tensor([[10], [20]]);
    expect(await column.add(tensor([1, 2, 3])).array()).toEqual([
      [11, 12, 13],
      [21, 22, 23],
    ]);
    expect(await tensor([1, 2]).sub(1).mul(4).div(2).neg().array()).toEqual([-0, -2]);
    expect(
      await tensor(5)
        .maximum(tensor([1, 9]))
        .array(),
    ).toEqual([5, 9]);
  });

  test("[O2] any two shapes broadcast exactly when NumPy's rule says so", () => {
    const sizes = array(constantFrom(1, 2, 3), { maxLength: 4 });
    const { tensor } = open();
    assert(
      property(sizes, sizes, (a, b) => {
        const rank = Math.max(a.length, b.length);
        const pad = (shape: number[]) => [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
        const pairs = pad(a).map((size, axis) => [size, pad(b)[axis] ?? 1] as const);
        const fits = pairs.every(([x, y]) => x === y || x === 1 || y === 1);
        const seen = faultOr(() => tensor.ones(a).add(tensor.ones(b)).shape);
        expect(seen).toEqual(fits ? pairs.map(([x, y]) => Math.max(x, y)) : "shape/broadcast");
      }),
    );
  });

  test("[O3] dtypes meet: bool < u32 < i32 < f16 < f32; numbers adapt", () => {
    const { tensor } = open();
    const of = (dtype: DType) => tensor.ones([2], dtype);
    expect(of("bool").add(of("i32")).dtype).toBe("i32");
    expect(of("i32").mul(of("f32")).dtype).toBe("f32");
    expect(of("f16").add(of("f32")).dtype).toBe("f32");
    expect(of("f16").add(0.5).dtype).toBe("f16");
    expect(of("i32").add(1).dtype).toBe("i32");
    expect(of("i32").add(0.5).dtype).toBe("f32");
    expect(of("i32").div(2).dtype).toBe("f32");
    expect(of("bool").add(of("bool")).dtype).toBe("i32");
    expect(of("i32").lt(1).dtype).toBe("bool");
    expect(of("i32").exp().dtype).toBe("f32");
    expect(of("bool").sum().dtype).toBe("i32");
    expect(of("i32").mean().dtype).toBe("f32");
  });

  test("[O4] functions of one tensor", async () => {
    const { tensor } = open();
    const x = tensor([0.25, 4]);
    expect(await x.sqrt().array()).toEqual([0.5, 2]);
    expect(await x.rsqrt().array()).toEqual([2, 0.5]);
    expect(await x.floor().array()).toEqual([0, 4]);
    expect(await tensor([-1.5]).abs().item()).toBe(1.5);
    expect(await x.pow(2).array()).toEqual([0.0625, 16]);
    expect((await x.log().exp().data())[1]).toBeCloseTo(4, 5);
  });

  test("[O5] masks choose", async () => {
    const { tensor, where } = open();
    const x = tensor([-1, 0, 2]);
    expect(await where(x.gt(0), x, 0).array()).toEqual([0, 0, 2]);
    expect(await where(x.ge(0).and(x.ne(0)).not(), 1, -1).array()).toEqual([1, 1, -1]);
    expect(() => where(x, 1, 2)).toThrow(expect.objectContaining({ code: "tensor/mask" }));
  });

  test("[O6] reductions over one axis, several, or all", async () => {
    const { tensor } = open();
    const x = tensor([
      [1, 5, 3],
      [4, 2, 6],
    ]);
    expect(await x.sum().item()).toBe(21);
    expect(await x.sum(0).array()).toEqual([5, 7, 9]);
    expect(await x.max(-1, { keep: true }).array()).toEqual([[5], [6]]);
    expect(await x.min([0, 1]).item()).toBe(1);
    expect(await x.mean(1).array()).toEqual([3, 4]);
    expect(await x.prod(0).array()).toEqual([4, 10, 18]);
    expect(await x.argmax(1).data()).toEqual(new Int32Array([1, 2]));
    expect(await x.eq(5).sum().item()).toBe(1);
    const rows = await x.softmax(1).sum(1).data();
    expect(rows[0]).toBeCloseTo(1, 6);
  });

  test("[O8] numbers may be infinite or no number", async () => {
    const { tensor, where } = open();
    const x = tensor([1, 2]);
    expect(await where(x.gt(1), -Infinity, x).array()).toEqual([1, -Infinity]);
    expect(await x.mul(NaN).array()).toEqual([NaN, NaN]);
    expect(await tensor.full([2], Infinity).minimum(3).array()).toEqual([3, 3]);
  });

  test("[O7] views", async () => {
    const { tensor } = open();
    const x = tensor.iota([2, 3]);
    expect(await x.T.array()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(await x.reshape(3, -1).array()).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect(await x.reshape([6]).slice(0, -2).array()).toEqual([4, 5]);
    expect(await x.slice(1, 1, 2).array()).toEqual([[1], [4]]);
    expect(await x.row(-1).array()).toEqual([3, 4, 5]);
    expect(await x.take(1).array()).toEqual([3, 4, 5]);
    expect(await x.take([[1], [-2]]).array()).toEqual([[[3, 4, 5]], [[0, 1, 2]]]);
    expect(await x.at([[0], [1]], [0, 2]).array()).toEqual([
      [0, 2],
      [3, 5],
    ]);
    expect(await x.take([1, 1, 0]).array()).toEqual([
      [3, 4, 5],
      [3, 4, 5],
      [0, 1, 2],
    ]);
    expect(await x.take(tensor([[1], [0]], { dtype: "i32" })).array()).toEqual([[[3, 4, 5]], [[0, 1, 2]]]);
    expect(x.reshape(1, 2, 3).permute(2, 0, 1).shape).toEqual([3, 1, 2]);
    expect(x.reshape(1, 2, 3).transpose(0, 1).shape).toEqual([2, 1, 3]);
  });
});

describe("faults", () => {
  test.each([
    ["adding", "shape/broadcast", (t: Ones) => t([2, 3]).add(t([3, 2]))],
    ["reshaping", "shape/reshape", (t: Ones) => t([2, 3]).reshape(4, 2)],
    ["two unknown sizes", "shape/reshape", (t: Ones) => t([2, 3]).reshape(-1, -1)],
    ["a missing axis", "shape/axis", (t: Ones) => t([2, 3]).sum(2)],
    ["slicing beyond", "shape/slice", (t: Ones) => t([2, 3]).slice(0, 1, 4)],
    ["a missing row", "shape/row", (t: Ones) => t([2, 3]).row(2)],
    ["taking beyond", "shape/index", (t: Ones) => t([2, 3]).take([0, 2])],
    ["a broadcast beyond all memory", "shape/too-large", (t: Ones) => t([99_999, 1]).add(t([1, 99_999]))],
    ["permuting", "shape/permute", (t: Ones) => t([2, 3]).permute(0, 0)],
    ["no tensor", "tensor/operand", (t: Ones) => t([2, 3]).add([1, 2] as never)],
    ["an option of NumPy", "tensor/option", (t: Ones) => t([2, 3]).mean(1, { keepdims: true } as never)],
    ["an option without its name", "tensor/option", (t: Ones) => t([2, 3]).sum(1, true as never)],
    ["one boolean as an index", "shape/index", (t: Ones) => t([2, 3]).at(true as never)],
    ["a step of 0", "shape/index", (t: Ones) => t([2, 3]).at("::0")],
    ["sizes side by side", "tensor/dtype", (t: Ones) => t([2], 3 as never)],
    ["a dtype as an option", "tensor/dtype", (t: Ones) => t([2, 3], { dtype: "i32" } as never)],
    ["float indices", "tensor/index", (t: Ones) => t([2, 3]).take(t([2]))],
  ])("[F1] %s is refused at the call, with the place and a hint", (_, code, act) => {
    const cell = open();
    cell.host.span = { source: "a", start: 3, end: 9 };
    expect(() => act(cell.tensor.ones)).toThrow(
      expect.objectContaining({ code, span: cell.host.span, hint: expect.any(String) }),
    );
  });

  test("[F3] options that are passed over would give other numbers: they are refused, with what was meant", () => {
    const { tensor, random, optimizers, schedules, attention, nn } = open();
    const x = tensor.ones([2, 2]);
    expect(hintOf(() => x.var(1, { ddof: 1 } as never))).toBe("tensor/option: did you mean correction?");
    expect(hintOf(() => attention(x, x, x, { isCausal: true } as never))).toBe(
      "tensor/option: did you mean causal?",
    );
    expect(hintOf(() => attention(x, x, x, { attn_mask: x } as never))).toBe(
      "tensor/option: did you mean mask?",
    );
    expect(hintOf(() => random.normal(2, { std: 3 } as never))).toBe(
      "tensor/option: did you mean deviation?",
    );
    expect(hintOf(() => optimizers.adam({ lr: 0.1 } as never))).toBe("tensor/option: did you mean rate?");
    expect(hintOf(() => optimizers.adam({} as never))).toMatch(/^train\/option/);
    expect(hintOf(() => schedules.cosine({ rate: 1 } as never))).toMatch(/^train\/option/);
    expect(hintOf(() => nn.heNormal([2, 2], { key: 1 } as never))).toBe("tensor/option: its options: seed");
    expect(hintOf(() => x.sort(0, { ascending: true } as never))).toBe(
      "tensor/option: its options: descending",
    );
    expect(hintOf(() => x.cummax(0, { exclusive: true } as never))).toBe(
      "tensor/option: its options: reverse",
    );
    expect(hintOf(() => random.uniform(2, { seed: 1.5 }))).toMatch(/^random\/seed/);
  });

  test("[F4] operators do not compute with tensors, and say so; in a text a tensor is its type", () => {
    const x = open().tensor.ones([2, 3]);
    for (const act of [() => Number(x), () => (x as never) * 2])
      expect(act).toThrow(
        expect.objectContaining({ code: "tensor/operator", hint: expect.stringMatching("item") }),
      );
    expect(x[Symbol.toPrimitive]("string")).toBe("Tensor f32[2, 3]");
  });

  test("[F5] brackets, loops and the names of other libraries say what to write", () => {
    const x: Record<string | number, unknown> = open().tensor.ones([2, 3]) as never;
    expect(hintOf(() => x[0])).toMatch(/^tensor\/brackets: write x.at\(0\)/);
    expect(hintOf(() => x["1:2"])).toMatch(/x.at\("1:2"\)/);
    expect(hintOf(() => x[x as never])).toMatch(/take.*where/);
    expect(hintOf(() => (x[0] = 1))).toMatch(/scatter/);
    expect(hintOf(() => [...(x as never as number[])])).toMatch(/data\(\)/);
    expect(hintOf(() => x["length"])).toMatch(/^tensor\/name: x.shape\[0\]/);
    expect(hintOf(() => x["astype"])).toMatch(/cast/);
    expect([x["nothing"], x["then"], "length" in x]).toEqual([undefined, undefined, false]);
  });

  test("[F6] a tensor that is asked whether it is true, or equal by ==, says so; whether it is there may be asked", async () => {
    const { tensor } = open();
    const [x, weights] = [tensor(1), tensor.ones([2])];
    const end = async (text: string): Promise<string> => {
      const ran = runCell("c", text, { x, weights, y: [x] });
      return ran.then(
        ({ r }) => String(r),
        (error: unknown) => (error instanceof Fault ? error.code : String(error)),
      );
    };
    const asked = [
      "if (x) 1;",
      "x ? 1 : 2;",
      "while (x) 1;",
      "!x;",
      "weights.gt(0) && weights.lt(2);",
      "(y[0] as any) || 1;",
    ];
    for (const text of asked) expect(await end(text)).toBe("tensor/truth");
    expect(await end("x == y[0];")).toBe("tensor/equal");
    expect(await end("const r = x != null && x !== undefined && x === y[0] && y ? 1 : 2;")).toBe("1");
    expect(await end("const r = (x ?? 1) && 1;")).toBe("tensor/truth");
    expect(await end("const r = weights && (weights ? 'there' : 'missing');")).toBe("there");
  });

  test("[F7] numbers that nobody waited for say so, where they are computed with, written or asked for their truth", async () => {
    const { tensor } = open();
    const number = tensor([1, 2]).sum().item();
    expect(hintOf(() => (number as never) + 1)).toBe("tensor/await: wait for them: await x.item()");
    expect(hintOf(() => Number(number))).toMatch(/^tensor\/await/);
    expect(hintOf(() => guards.$truth(number))).toMatch(/^tensor\/await/);
    expect(hintOf(() => (tensor([1]).data() as never) * 2)).toMatch(/await x.data\(\)/);
    expect(guards.$truth(Promise.resolve(1))).toBeInstanceOf(Promise);
    expect(await number).toBe(3);
  });

  test("[F8] names that an object of functions does not have say what is there instead", () => {
    const cell = open();
    const hint = (read: (all: Record<string, Record<string, unknown>>) => unknown): string =>
      hintOf(() => read(cell as never));
    expect(hint((all) => all["optimizers"]?.["Adam"])).toBe("tensor/name: did you mean optimizers.adam?");
    expect(hint((all) => all["random"]?.["seed"])).toMatch(/seed: 7/);
    expect(hint((all) => all["tensor"]?.["zeros_like"])).toMatch(/x.shape, x.dtype/);
    expect(hint((all) => all["fft"]?.["fast"])).toMatch(/^tensor\/name: it has fft, ifft/);
    expect(hint((all) => all["nn"]?.["then"])).toBe("no fault");
    expect(hintOf(() => cell.random.normal(cell.random.key(1) as never, [3] as never))).toMatch(
      /by name: \{ key: /,
    );
    expect(hintOf(() => cell.tensor([1], { dtype: "float64" as never }))).toMatch(/did you mean "f32"/);
    expect(hintOf(() => cell.tensor([1]).mean({ axis: 0 } as never))).toMatch(
      /^shape\/axis: options come after/,
    );
    expect(hintOf(() => cell.plot(cell.tensor([1]) as never))).toMatch(/mark.line\(await y.data/);
  });

  test("[F2] item() of many, and a shape in the message", async () => {
    const { tensor } = open();
    await expect(tensor([1, 2]).item()).rejects.toMatchObject({ code: "shape/item" });
    expect(() => tensor.ones([360, 64]).add(tensor.ones([1437, 64]))).toThrow("[360, 64] and [1437, 64]");
  });
});
