import { binaryMeaning } from "@tilebook/ir";
import { runTileKernel, type TileMessage } from "@tilebook/interp";
import { describe, expect, test } from "vitest";
import { inputs, type Run, stored } from "../testing/stored.ts";
import { lowerKernel } from "./lower.ts";

/** The first eight. */
function eight(body: string, run: Run = {}): number[] {
  return stored(`const i = arange(8);\nconst v = load(x + i);\nconst n = v.to("i32");\n${body}`, run).slice(
    0,
    8,
  );
}

const store = (value: string): string => `store(y + i, ${value});`;

describe("elements", () => {
  test("[N1] bits", () => {
    expect(eight(store("(n << 2) ^ 1"))).toEqual(inputs.map((v) => (v << 2) ^ 1));
    expect(eight(store("(-n) >> 1"))).toEqual(inputs.map((v) => -v >> 1));
    expect(eight(store("((-n) >>> 28)"))).toEqual(inputs.map((v) => -v >>> 28));
    expect(eight(store("~n & 15 | 16"))).toEqual(inputs.map((v) => (~v & 15) | 16));
    expect(eight("let m = n; m <<= 1; m ^= 3; store(y + i, m);")).toEqual(inputs.map((v) => (v << 1) ^ 3));
  });
  test("[N2] an i32 beside a u32 becomes a u32, as in Triton", () => {
    expect(eight(store('((n - 4) + n.to("u32")) >> 31'))[1]).toBe(1);
  });
  test("[N3] a tile of fewer axes gets new ones in front", () => {
    expect(
      stored("store(y + expand(arange(4), 1) * 4 + arange(4), expand(arange(4), 1) * 10 + arange(4));"),
    ).toEqual([0, 1, 2, 3].flatMap((row) => [0, 1, 2, 3].map((column) => row * 10 + column)));
  });
  test("[N4] sigmoid, softmax, erf, clamp, fma", () => {
    const sum = inputs.reduce((total, v) => total + Math.exp(v), 0);
    eight(store("softmax(v)")).forEach((v, at) => expect(v).toBeCloseTo(Math.exp(inputs[at] ?? 0) / sum, 12));
    eight(store("sigmoid(v)")).forEach((v, at) =>
      expect(v).toBeCloseTo(1 / (1 + Math.exp(-(inputs[at] ?? 0))), 12),
    );
    expect(eight(store("clamp(v, 2, 5)"))).toEqual(inputs.map((v) => Math.min(5, Math.max(2, v))));
    expect(eight(store("fma(v, 2, 1)"))).toEqual(inputs.map((v) => 2 * v + 1));
    expect(eight(store("erf(v - 3)"))[0]).toBe(0);
  });
  test("[N5] bitcast and mulhi", () => {
    expect(eight(store('bitcast(v, "u32") >> 23'))).toEqual(
      inputs.map((v) => 127 + Math.floor(Math.log2(v))),
    );
    expect(eight(store("mulhi(n << 30, 12)"))).toEqual(
      inputs.map((v) => Number((BigInt((v << 30) >>> 0) * 12n) >> 32n)),
    );
  });
  test("[N6] random numbers are Philox, and Triton's way to a float", () => {
    expect(eight(store("randint(7, i)"))).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((at) => binaryMeaning.philox0(7, at)),
    );
    const uniform = eight(store("rand(7, i)"));
    uniform.forEach((u, at) => {
      const word = binaryMeaning.philox0(7, at) | 0;
      expect(u).toBeCloseTo((word < 0 ? -word - 1 : word) * 4.6566127342e-10, 12);
    });
    expect(eight("const [, b] = randint4x(7, i); store(y + i, b);")[3]).toBe(binaryMeaning.philox1(7, 3));
    expect(Math.max(...eight(store("abs(randn(7, i))")))).toBeLessThan(6);
  });
});

describe("shapes", () => {
  test("[N7] flip, gather, join, split, interleave, cat, permute, ravel", () => {
    expect(eight(store("flip(v, 0)"))).toEqual(inputs.toReversed());
    expect(eight(store("gather(v, (i + 1) & 7, 0)"))).toEqual([...inputs.slice(1), inputs[0]]);
    expect(eight("const [a, b] = split(reshape(v, [4, 2])); store(y + i, cat(a, b));")).toEqual([
      3, 4, 5, 2, 1, 1, 9, 6,
    ]);
    expect(stored("const i = arange(8); store(y + arange(16), interleave(i, i + 8));")).toEqual([
      0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15,
    ]);
    expect(
      stored("const i = reshape(arange(8), [2, 4]); store(y + arange(16), ravel(cat(i, i + 8, 1)));"),
    ).toEqual([0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15]);
    expect(eight(store("ravel(permute(reshape(v, [2, 4]), [1, 0]))"))).toEqual([3, 5, 1, 9, 4, 2, 1, 6]);
    expect(eight(store("ravel(join(arange(4), zerosLike(arange(4))))"))).toEqual([0, 0, 1, 0, 2, 0, 3, 0]);
  });
  test("[N8] sort, argsort, topk", () => {
    expect(eight(store("sort(v)"))).toEqual(inputs.toSorted((a, b) => a - b));
    expect(eight(store("sort(v, { descending: true })"))).toEqual(inputs.toSorted((a, b) => b - a));
    expect(eight(store("argsort(v, 0)"))).toEqual([1, 3, 6, 0, 2, 4, 7, 5]);
    expect(
      eight("const [best, at] = topk(v, 2); store(y + arange(2), best); store(y + 2 + arange(2), at);").slice(
        0,
        4,
      ),
    ).toEqual([9, 6, 5, 7]);
  });
});

describe("along an axis", () => {
  test("[N9] cumsum, cumprod, xorSum, argmin, histogram", () => {
    let total = 0;
    expect(eight(store("cumsum(v, 0)"))).toEqual(inputs.map((v) => (total += v)));
    expect(eight(store("cumsum(v, 0, { reverse: true })"))[0]).toBe(31);
    expect(eight(store("cumsum(v > 2, 0)"))).toEqual([1, 1, 2, 2, 3, 4, 4, 5]);
    expect(eight(store("xorSum(n, 0)"))[0]).toBe(inputs.reduce((a, b) => a ^ b, 0));
    expect(eight(store("argmin(v, 0)"))[0]).toBe(1);
    expect(stored('store(y + arange(16), histogram(load(x + arange(8)).to("i32"), 16));')).toEqual(
      Array.from({ length: 16 }, (_, bin) => inputs.filter((v) => v === bin).length),
    );
  });
  test("[N10] reduce and scan by a function of the person", () => {
    expect(eight(store("reduce(v, 0, (a, b) => maximum(a, b))"))[0]).toBe(9);
    let h = 0;
    const body =
      "const [, h] = scan([v, full([8], 1)], 0, (a1, b1, a2, b2) => [a1 * a2, a2 * b1 + b2]); store(y + i, h);";
    expect(eight(body)).toEqual(inputs.map((v) => (h = v * h + 1)));
    const pair =
      "const [m, at] = reduce([v, i], 0, (a, p, b, q) => { const left = a >= b; return [where(left, a, b), where(left, p, q)]; });";
    expect(eight(`${pair} store(y, m); store(y + 1, at);`).slice(0, 2)).toEqual([9, 5]);
  });
});

describe("memory", () => {
  test("[N11] views mask what lies outside, in load and store", () => {
    const body = `const v = view(x, [2, 4]);
      const [m, n] = v.shape;
      const rows = arange(4) - 1;
      const block = load(v, [rows, arange(4)], undefined, -1);
      store(view(y, [4, 4]), [arange(4), arange(4)], block);
      store(view(y, [4, n]), [3, arange(8)], 7);`;
    expect(stored(body)).toEqual([-1, -1, -1, -1, 3, 1, 4, 1, 5, 9, 2, 6, 7, 7, 7, 7]);
  });
  test("[N12] strides of one's own, and one index of more axes gathers", () => {
    const turned =
      "const v = view(x, [4, 2], [1, 4]); store(y + expand(arange(4), 1) * 2 + arange(2), load(v, [arange(4), arange(2)]));";
    expect(stored(turned).slice(0, 8)).toEqual([3, 5, 1, 9, 4, 2, 1, 6]);
    const diagonal =
      "const v = view(x, [2, 4]); const at = reshape(arange(2), [2, 1]); store(y + at, load(v, [at, at]));";
    expect(stored(diagonal).slice(0, 2)).toEqual([3, 9]);
  });
  test("[N13] a View parameter brings its named sizes, shared by all that name them", () => {
    const text = `const k = kernel((a: View<"f32", ["M", "K"]>, b: View<"f32", ["K", 2]>, c: Ptr) => {
      const [M, K] = a.shape;
      store(c, M * 100 + K * 10 + b.shape[0]);
    });`;
    const kernel = lowerKernel({ source: "cell", text, kernel: "k0", captured: {} });
    expect(kernel.params.map(({ name }) => name)).toEqual(["a", "M", "K", "b", "c"]);
    const c = new Float64Array(1);
    runTileKernel(kernel, [1, 1, 1], [new Float64Array(6), 2, 3, new Float64Array(6), c]);
    expect(c[0]).toBe(233);
  });
  test("[N14] a captured tensor is a view with constant sizes", () => {
    const captured = { weights: { $tensor: { dtype: "f32", shape: [2, 4] } } };
    const args = [Float64Array.from([1, 2, 3, 4, 5, 6, 7, 8])];
    expect(
      stored("store(y + arange(4), load(weights, [1, arange(4)]));", { captured, args }).slice(0, 4),
    ).toEqual([5, 6, 7, 8]);
    expect(
      stored("store(y + arange(4), load(weights + arange(4)));", { captured, args }).slice(0, 4),
    ).toEqual([1, 2, 3, 4]);
  });
  test("[N15] Const parameters are known while compiling", () => {
    const run = { params: ", SIZE: Const, MODE: Const<string>", constants: { SIZE: 4, MODE: "twice" } };
    const body = 'store(y + arange(SIZE), load(x + arange(SIZE)) * (MODE === "twice" ? 2 : 1));';
    expect(stored(body, run).slice(0, 5)).toEqual([6, 2, 8, 2, 0]);
  });
  test("[N16] atomics give what stood there", () => {
    const counts = new Float64Array(4);
    const body = "const old = atomicAdd(counts + (n & 3), 1, n > 1); store(y + i, old);";
    expect(eight(body, { params: ', counts: Ptr<"i32">', args: [counts] })).toEqual([0, 0, 0, 0, 0, 1, 0, 1]);
    expect([...counts]).toEqual([1, 2, 2, 1]);
    const owner = Float64Array.from([0, 5]);
    eight("atomicCas(owner + arange(2), 0, 9); store(y, 0);", {
      params: ', owner: Ptr<"u32">',
      args: [owner],
    });
    expect([...owner]).toEqual([9, 5]);
  });
  test("[N17] packed buffers are i32 in a kernel", () => {
    const nibbles = new Float64Array(8);
    const body = "store(p + i, n * 3 - 8); store(y + i, load(p + i) + 0.5);";
    expect(eight(body, { params: ', p: Ptr<"i4">', args: [nibbles] })).toEqual(
      inputs.map((v) => (((3 * v - 8) << 28) >> 28) + 0.5),
    );
  });
});

describe("control and telling", () => {
  test("[N18] while goes on as long as its condition holds", () => {
    expect(
      stored(
        "let a = 1; let turns = 0; while (a < 100) { a *= 3; turns++; } store(y, a); store(y + 1, turns);",
      ).slice(0, 2),
    ).toEqual([243, 5]);
    expect(stored("let a = load(x); while (a < 0) a += 1; store(y, a);")[0]).toBe(3);
  });
  test("[N19] staticRange is written out, swizzle2d renumbers", () => {
    expect(stored("let s = 0; for (const k of staticRange(1, 8, 3)) s += k; store(y, s);")[0]).toBe(12);
    expect(stored("const [r, c] = swizzle2d(0, 1, 4, 4, 2); store(y, r * 10 + c);")[0]).toBe(10);
  });
  test("[N20] prints and asserts", () => {
    const heard: TileMessage[] = [];
    const onMessage = (message: TileMessage): unknown => heard.push(message);
    eight("print(`row ${1}`, v, n); print(v); assert(v < 10, 'small'); staticAssert(2 > 1); store(y, 0);", {
      onMessage,
    });
    expect(heard.map(({ op }) => op.text)).toEqual(["row 1", "row 1", "v"]);
    expect(() => eight("assert(v < 9, 'small'); store(y, 0);")).toThrow("assertion failed: small");
    expect(eight("assert(v < 9, 'small', v < 5); store(y, 1);")[0]).toBe(1);
    expect(() => eight("staticAssert(2 < 1, 'sizes'); store(y, 0);")).toThrow("does not hold: sizes");
  });
});
