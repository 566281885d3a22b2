import { philox } from "@tilebook/ir";
import { runTileKernel } from "@tilebook/interp";
import { describe, expect, test } from "vitest";
import { faultOf } from "../testing/index.ts";
import { stored } from "../testing/stored.ts";
import { lowerKernel } from "./lower.ts";

/** What a kernel makes of each of the numbers, in f32 step by step, as a GPU does. */
function mapped(expression: string, xs: readonly number[], ys: readonly number[] = xs): number[] {
  const size = 2 ** Math.ceil(Math.log2(xs.length));
  const text = `const k = kernel((x: Ptr, y: Ptr, out: Ptr) => {
    const a = load(x + arange(${size})); const b = load(y + arange(${size}));
    store(out + arange(${size}), ${expression});
  });`;
  const kernel = lowerKernel({ source: "cell", text, kernel: "k0", captured: {} });
  const padded = (values: readonly number[]) =>
    Float64Array.from({ length: size }, (_, at) => Math.fround(values[at] ?? 1));
  const out = new Float64Array(size);
  runTileKernel(kernel, [1, 1, 1], [padded(xs), padded(ys), out]);
  return Array.from(out.slice(0, xs.length));
}

function spread(from: number, to: number, count = 64): number[] {
  return Array.from({ length: count }, (_, at) => Math.fround(from + ((to - from) * at) / (count - 1)));
}

const wide = [...spread(-30, 30), ...spread(-1, 1), 0, 1e-6, -1e-6, 1e-20, 3e-4];
const unit = [...spread(-1, 1), 1e-6, -1e-6, 0.5, -0.5, 0.999999];

/** The halves of four words, which f32 holds. */
function words(call: string): number[] {
  const body = `const words = ${call};
    for (const k of staticRange(4)) { store(y + k * 2, words[k] >>> 16); store(y + k * 2 + 1, words[k] & 0xffff); }`;
  return stored(body).slice(0, 8);
}

function halves(whole: readonly number[]): number[] {
  return whole.flatMap((word) => [word >>> 16, word & 0xffff]);
}

function wrong(call: string): ReturnType<typeof faultOf> {
  return faultOf("x: Ptr, n: i32", `const v = load(x + arange(8)); ${call}`);
}

/** What `j` is in the turns of a loop. */
function turns(head: string, [n, step]: readonly [number, number]): number[] {
  const body = `let at = 0; ${head} { store(y + at, j + 1); at++; }`;
  const seen = stored(body, { params: ", n: i32, s: i32", args: [n, step] });
  return seen.filter((value) => value !== 0).map((value) => value - 1);
}

describe("curves", () => {
  test.each<[string, (x: number) => number, readonly number[]]>([
    ["tan", Math.tan, spread(-1.5, 1.5)],
    ["asin", Math.asin, unit],
    ["acos", Math.acos, unit],
    ["atan", Math.atan, [...wide, 1e20, -1e20, Infinity, -Infinity]],
    ["sinh", Math.sinh, wide],
    ["cosh", Math.cosh, wide],
    ["asinh", Math.asinh, [...wide, 1e20, -1e30]],
    ["acosh", Math.acosh, [...spread(1, 3), ...spread(3, 1000), 1e20]],
    ["atanh", Math.atanh, spread(-0.99, 0.99)],
    ["log10", Math.log10, spread(0.01, 1000)],
    ["log1p", Math.log1p, [...spread(-0.9, 2), ...spread(2, 1000), 1e-6, -1e-6, 1e-20]],
    ["expm1", Math.expm1, wide],
    ["cbrt", Math.cbrt, [...wide, 1e30, -1e30]],
  ])("[B1] %s is within 3e-6 of its value, also near 0", (name, host, xs) => {
    const seen = mapped(`${name}(a)`, xs);
    const through = mapped(`Math.${name}(a)`, xs);
    xs.forEach((x, at) => {
      const wanted = host(Math.fround(x));
      const error = Math.abs((seen[at] ?? NaN) - wanted) / Math.max(Math.abs(wanted), 1e-30);
      expect(seen[at] === wanted ? 0 : error, `${name}(${x})`).toBeLessThan(3e-6);
      expect(through[at]).toBe(seen[at]);
    });
  });

  test("[B2] atan2 in all quarters, on the axes and in the origin; hypot without overflow", () => {
    const points = [-2, -1, -1e-10, 0, 1e-10, 1, 3].flatMap((y) => [-3, -1, 0, 1, 2].map((x) => [y, x]));
    const [ys, xs] = [points.map(([y = 0]) => y), points.map(([, x = 0]) => x)];
    const seen = mapped("atan2(a, b)", ys, xs);
    ys.forEach((y, at) => expect(seen[at]).toBeCloseTo(Math.atan2(y, xs[at] ?? 0), 5));
    const lengths = mapped("hypot(a, b)", [3, 0, 1e30, -5], [4, 0, 1e30, 12]);
    [5, 0, Math.SQRT2 * 1e30, 13].forEach((wanted, at) =>
      expect(Math.abs((lengths[at] ?? NaN) - wanted)).toBeLessThanOrEqual(wanted * 1e-6),
    );
  });

  test("[B3] of constants they are constants; of f16 they are rounded once; whole numbers go to f32", () => {
    expect(stored("const size = 4 * cbrt(8); store(y + arange(size), atan2(0, 1) + log10(100));")[7]).toBe(2);
    expect(stored('const v = asin(load(x).to("f16") * 0.1); store(y, v.dtype === "f16" ? 1 : 0);')[0]).toBe(
      1,
    );
    expect(stored("store(y, sinh(programId(0)));")[0]).toBe(0);
  });
});

describe("bits", () => {
  test("[B4] isNaN and isFinite look at the bits", () => {
    const xs = [NaN, Infinity, -Infinity, 0, -1, 3e38];
    expect(mapped("isNaN(a)", xs)).toEqual([1, 0, 0, 0, 0, 0]);
    expect(mapped("isFinite(a)", xs)).toEqual([0, 0, 0, 1, 1, 1]);
  });
  test("[B5] popcount, clz, ctz, reverseBits", () => {
    const inputs = [0, 1, 2, 3, 12, 1024, -1, -2147483648, 123456];
    const bits = inputs.map((word) => (word >>> 0).toString(2).padStart(32, "0"));
    const of = (f: string) => mapped(`${f}(a.to("i32"))`, inputs);
    expect(of("popcount")).toEqual(bits.map((text) => text.replaceAll("0", "").length));
    expect(of("clz")).toEqual(bits.map((text) => `${text}1`.indexOf("1")));
    expect(of("ctz")).toEqual(bits.map((text) => 32 - `1${text}`.lastIndexOf("1")));
    const turned = bits.map((text) => Number.parseInt(text.split("").toReversed().join(""), 2) | 0);
    expect(of("reverseBits")).toEqual(turned.map(Math.fround));
    expect(faultOf("x: Ptr", "store(x, popcount(load(x)));")).toMatchObject({ code: "kernel/type" });
  });
  test("[B6] trunc and sign", () => {
    const xs = [-2.5, -0.5, 0, 0.5, 2.5, 7];
    expect(mapped("trunc(a)", xs).map((v) => v + 0)).toEqual([-2, 0, 0, 0, 2, 7]);
    expect(mapped("sign(a)", xs).map((v) => v + 0)).toEqual([-1, -1, 0, 1, 1, 1]);
    expect(mapped('trunc(a.to("i32")) + sign(a.to("u32"))', [3, 0])).toEqual([4, 0]);
  });
});

describe("random numbers", () => {
  test("[B7] philox takes any key and counter, and any number of rounds", () => {
    expect(words("philox(7, 3, 0, 0, 0)")).toEqual(halves(philox([7, 0], [3, 0, 0, 0])));
    const wanted = philox([0xdeadbeef, 0x12345678], [1, 2, 3, 0xffffffff]);
    expect(words("philox([0xdeadbeef, 0x12345678], 1, 2, programId(0) + 3, 0xffffffff)")).toEqual(
      halves(wanted),
    );
    expect(words("philox(7, 3, 0, 0, 0, 7)")).not.toEqual(halves(philox([7, 0], [3, 0, 0, 0])));
    expect(faultOf("x: Ptr", "const [a] = philox(1, load(x), 0, 0, 0);").code).toBe("kernel/type");
  });
  test("[B8] rand4x and randn4x: the first is that of rand and randn, and none is another", () => {
    const first = stored("store(y, rand(5, 1)); store(y + 1, randn(5, 1));");
    const four = stored(
      "const u = rand4x(5, 1); const n = randn4x(5, 1); for (const k of staticRange(4)) { store(y + k, u[k]); store(y + 4 + k, n[k]); }",
    );
    expect([four[0], four[4]]).toEqual(first.slice(0, 2));
    expect(new Set(four.slice(0, 8)).size).toBe(8);
  });
});

describe("options", () => {
  test("[B9] keepDims leaves an axis of size 1, or all of them", () => {
    const m = "const m = reshape(load(x + arange(8)), [2, 4]);";
    const rows = stored(`${m} store(y + arange(8), ravel(m - max(m, 1, { keepDims: true })));`);
    expect(rows.slice(0, 8)).toEqual([-1, -3, 0, -3, -4, 0, -7, -3]);
    const shape = (call: string) =>
      stored(`${m} const s = ${call}; store(y, s.shape.length); store(y + 1, s.shape[0]);`).slice(0, 2);
    expect(shape("sum(m, { keepDims: true })")).toEqual([2, 1]);
    expect(shape("argmin(m, 1, { keepDims: true })")).toEqual([2, 2]);
    expect(shape("reduce(m, 1, (a, b) => a + b, { keepDims: true })")).toEqual([2, 2]);
    expect(shape('xorSum(m.to("i32"), 1, { keepDims: true })')).toEqual([2, 2]);
    expect(shape("sum(m, 1, { keepDims: false })")).toEqual([1, 2]);
  });
  test("[B10] returnIndices gives the place, too", () => {
    const body =
      "const [top, at] = max(load(x + arange(8)), 0, { returnIndices: true }); store(y, top); store(y + 1, at);";
    expect(stored(body).slice(0, 2)).toEqual([9, 5]);
  });
  test("[B11] an option that is not there, or not known, is told", () => {
    expect(wrong("sort(v, 0, { desc: true })").hint).toBe("there is descending");
    expect(wrong("max(v, 0, { keep_dims: true })").hint).toBe("there are keepDims and returnIndices");
    expect(wrong("sum(v, 0, { returnIndices: true })").code).toBe("kernel/arguments");
    expect(wrong("cumsum(v, 0, { reverse: n > 1 })").code).toBe("kernel/not-constant");
  });
  test("[B12] expand takes several axes, by their places in the result", () => {
    expect(stored("store(y, expand(arange(4), [0, 2, -1]).shape.length);")[0]).toBe(4);
    expect(
      stored("const s = expand(arange(4), [0, -1]).shape; store(y, s[0] * 100 + s[1] * 10 + s[2]);")[0],
    ).toBe(141);
    expect(faultOf("x: Ptr", "const v = expand(arange(4), [1, 1]);").code).toBe("kernel/axis");
  });
  test("[B17] a dot of three axes is one for each place along the first", () => {
    const body = `const a = reshape(load(x + arange(8)), [2, 2, 2]);
      const c = dot(a, permute(a, [0, 2, 1]), full([2, 2, 2], 1));
      store(y + arange(8), ravel(c));`;
    expect(stored(body).slice(0, 8)).toEqual([11, 14, 14, 18, 107, 65, 65, 41]);
    expect(faultOf("x: Ptr", "dot(zeros([2, 4, 4]), zeros([4, 4]));").code).toBe("kernel/dot");
    expect(faultOf("x: Ptr", "dot(zeros([32, 4, 4]), zeros([32, 4, 4]));").code).toBe("kernel/dot");
  });
  test("[B13] histogram counts where the mask is true", () => {
    const v = 'const v = load(x + arange(8)).to("i32");';
    expect(stored(`${v} store(y + arange(16), histogram(v, 16, v > 2));`)).toEqual([
      0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,
    ]);
    expect(faultOf("x: Ptr", `${v} histogram(v, 16, arange(4) > 2);`).code).toBe("kernel/shapes");
  });
  test("[B14] dtype of tiles, pointers and views", () => {
    const body =
      'const p = y.dtype === "f32" && view(x, [4]).dtype === "f32" && arange(4).dtype === "i32"; store(y, p ? 1 : 0);';
    expect(stored(body)[0]).toBe(1);
    expect(stored("store(y, (load(x) + 0.5).to(x.dtype));")[0]).toBe(3.5);
  });
});

describe("steps of the running kernel", () => {
  test.each([
    ["for (const j of range(1, n, s))", [10, 3], [1, 4, 7]],
    ["for (const j of range(1, n, s))", [11, 3], [1, 4, 7, 10]],
    ["for (const j of range(0, n, s))", [0, 3], []],
    ["for (const j of range(0, n, s))", [5, 0], []],
    ["for (const j of range(0, n, s))", [5, -1], []],
    ["for (let j = 0; j <= n; j += s)", [9, 3], [0, 3, 6, 9]],
    ["for (let j = n; j > 0; j -= s)", [9, 3], [9, 6, 3]],
    ["for (let j = n; j >= 0; j -= s)", [9, 3], [9, 6, 3, 0]],
  ] as const)("[B15] %s, n and s %j: %j", (head, given, wanted) => {
    expect(turns(head, given)).toEqual(wanted);
  });
  test("[B16] the step must not change in the loop", () => {
    expect(faultOf("x: Ptr, n: i32", "let s = 1; for (let j = 0; j < n; j += s) s *= 2;").code).toBe(
      "kernel/loop",
    );
  });
});
