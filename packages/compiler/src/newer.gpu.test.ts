import { runTileKernel, type TileMessage } from "@tilebook/interp";
import { lowerKernel } from "@tilebook/lang";
import type { TileKernel } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { compileKernel } from "./compile.ts";
import { messageBytes, messageLayout, readMessages } from "./messages.ts";
import { portableTarget } from "./program.ts";
import { runCompiled } from "./testing/gpu.ts";

const numbers = Array.from({ length: 1024 }, (_, at) => Math.fround(Math.sin(at * 12.9898) * 4));
const wholes = numbers.map((value) => Math.trunc(value * 25));

const params = 'x: Ptr, n: Ptr<"i32">, y: Ptr, z: Ptr<"i32">, u: Ptr<"u32">';

function kernelOf(body: string, more = ""): TileKernel {
  const text = `const k = kernel((${params}${more}) => {\n${body}\n});`;
  return lowerKernel({ source: "cell", text, kernel: "k0", captured: {} });
}

interface Ran {
  readonly wanted: readonly (readonly number[])[];
  readonly seen: readonly (readonly number[])[];
}

/** The kernel on a real WebGPU and in the interpreter, from the same memory. */
async function both(
  kernel: TileKernel,
  extra: readonly (readonly number[])[] = [],
  programs = 1,
): Promise<Ran> {
  const zeros = Array.from({ length: 1024 }, () => 0);
  const data = [numbers, wholes, zeros, zeros, zeros, ...extra];
  const grid = [programs, 1, 1] as const;
  const compiled = compileKernel(kernel, portableTarget);
  const messages = compiled.sites.length > 0 ? [Array.from({ length: messageBytes / 4 }, () => 0)] : [];
  const seen = await runCompiled(compiled, { grid, data: [...data, ...messages], scalars: [] });
  const memory = data.map((values) => Float64Array.from(values));
  runTileKernel(kernel, grid, memory);
  return { wanted: memory.map((values) => [...values]), seen };
}

function worst(a: readonly number[], b: readonly number[]): number {
  return Math.max(
    ...a.map((value, at) => {
      const other = b[at] ?? NaN;
      if (Object.is(value, other) || value === other) return 0;
      return Math.abs(value - other) / Math.max(1, Math.abs(other));
    }),
  );
}

const tile = (shape: string): string => {
  const [rows = "1", columns = "1"] = shape.split("x");
  return `const at = expand(arange(${rows}), 1) * ${columns} + expand(arange(${columns}), 0);
    const v = load(x + at); const w = load(n + at);`;
};
const line = "const at = arange(256); const v = load(x + at); const w = load(n + at);";
const uints = 'const q = w.to("u32");';

interface Said {
  readonly program: readonly number[];
  readonly visit: number;
  readonly site: { readonly text: string };
}

/** The order in which different sites are reached is not part of a message. */
function byPlace(a: Said, b: Said): number {
  const key = ({ program, site, visit }: Said): string => `${program.join()} ${site.text} ${visit}`;
  return key(a) < key(b) ? -1 : 1;
}

const cases: readonly (readonly [name: string, body: string])[] = [
  ["bits", `${line} store(z + at, (w << 3) ^ (w >> 2) | (w & 12) + ~w); store(u + at, (w >>> 5).to("u32"));`],
  ["shifts by more than 31", `${line} ${uints} store(z + at, w << (w & 63)); store(u + at, q >> (q & 63));`],
  [
    "bitcast",
    `${line} store(u + at, bitcast(v, "u32")); store(y + at, bitcast(bitcast(v, "i32") ^ 1, "f32"));`,
  ],
  ["mulhi", `${line} ${uints} store(u + at, mulhi(q * 77777, q + 3000000000));`],
  [
    "philox",
    `${line} const [a, b, c, d] = randint4x(12345, at); store(u + at, a ^ b ^ c ^ d); store(y + at, rand(7, at));`,
  ],
  ["erf", `${line} store(y + at, erf(v));`],
  [
    "join and split",
    `${line} const [a, b] = split(reshape(v, [128, 2])); store(y + at, interleave(b, a)); store(y + 256 + at, cat(a, b));`,
  ],
  [
    "cat of rows",
    `${tile("8x32")} store(y + expand(arange(16), 1) * 32 + arange(32), cat(v, v * 2, 0)); store(y + 512 + expand(arange(8), 1) * 64 + arange(64), cat(v, v + 1, 1));`,
  ],
  ["flip a row of memory", `${line} store(y + at, flip(v, 0));`],
  [
    "flip what is computed",
    `${line} const r = exp(v) + sum(v, 0); store(y + at, flip(r, 0)); store(y + 256 + at, r);`,
  ],
  [
    "gather along both axes",
    `${tile("16x16")} const r = dot(v, v); store(y + at, gather(r, w & 15, 0)); store(y + 256 + at, gather(r, w & 15, 1));`,
  ],
  [
    "permute of three axes",
    `${line} const r = reshape(v * v, [4, 8, 8]); store(y + at, ravel(permute(r, [2, 0, 1])));`,
  ],
  [
    "argsort a line",
    `${line} store(z + at, argsort(v, 0)); store(z + 256 + at, argsort(w, 0, { descending: true }));`,
  ],
  ["sort columns", `${tile("16x32")} store(y + at, sort(v, 0)); store(z + at, sort(w, 1));`],
  [
    "topk",
    `${tile("8x32")} const [best, place] = topk(v, 4, 1); const to = expand(arange(8), 1) * 4 + arange(4); store(y + to, best); store(z + to, place);`,
  ],
  [
    "cumsum",
    `${line} store(z + at, cumsum(w, 0)); store(z + 256 + at, cumsum(w > 3, 0, { reverse: true }));`,
  ],
  [
    "cumsum of both axes",
    `${tile("16x32")} store(z + at, cumsum(w, 0)); store(u + at, cumsum(w, 1).to("u32"));`,
  ],
  ["cumsum of something computed", `${line} const r = w * w + sum(w, 0); store(z + at, cumsum(r, 0) - r);`],
  [
    "scan of pairs",
    `${line} const [, h] = scan([v * 0.2, v], 0, (a, b, c, d) => [a * c, c * b + d]); store(y + at, h);`,
  ],
  [
    "fold of pairs",
    `${tile("16x32")} const [m, p] = reduce([w, arange(32) + zeros([16, 32], "i32")], 1, (a, i, b, j) => [where(a >= b, a, b), where(a >= b, i, j)]); store(z + arange(16), m); store(z + 16 + arange(16), p);`,
  ],
  ["fold the first axis", `${tile("16x32")} store(z + arange(32), reduce(w, 0, (a, b) => a * 3 + b));`],
  [
    "fold to one number",
    `${line} store(z, reduce(w, 0, (a, b) => a * 3 + b)); store(z + 1, xorSum(w, 0)); store(z + 2, argmin(v, 0));`,
  ],
  [
    "argmin of rows and columns",
    `${tile("16x32")} store(z + arange(16), argmin(v, 1)); store(z + 16 + arange(32), argmin(w, 0));`,
  ],
  ["histogram", `${line} store(z + arange(16), histogram(w & 15, 16));`],
  [
    "integer dot",
    `${tile("16x16")} store(z + at, dot(w, w.T)); store(u + at, dot(w.to("u32"), w.to("u32")));`,
  ],
  [
    "atomics that meet",
    `${line} atomicAdd(z + (w & 15), w); atomicMax(z + 16 + (w & 3), w); atomicMin(z + 32 + (w & 3), w, w > 5); atomicXor(u + (w & 7), w); atomicOr(u + 8 + (w & 7), w); atomicAnd(u + 16 + (w & 1), w);`,
  ],
  [
    "what an atomic gives",
    `${line} const old = atomicAdd(z + at, w); store(u + at, (old + 1).to("u32")); const next = atomicXchg(z + at, old + 5, w > 0); store(z + 256 + at, next);`,
  ],
  [
    "a scalar atomic",
    `const first = atomicAdd(z, 5); const second = atomicAdd(z, 7, first == 0); store(z + 1 + arange(4), first * 100 + second);`,
  ],
  [
    "cas",
    `${line} atomicCas(z + at, 0, w); const seen = atomicCas(z + at, w, 9); store(z + 256 + at, seen);`,
  ],
  [
    "while",
    `let a = 1; let turns = 0; while (a < 1000) { a = a * 3; turns += 1; } store(z, a); store(z + 1, turns); let t = load(n + arange(64)); let go = sum(abs(t), 0); while (go > 10) { t = idiv(t, 2); go = sum(abs(t), 0); } store(z + 64 + arange(64), t);`,
  ],
  [
    "curves",
    `${line} const r = v * 0.25; store(y + at, asin(r) + 3 * acos(r)); store(y + 256 + at, atan(v) + 3 * atan2(v, r - 0.5)); store(y + 512 + at, sinh(r) + 3 * cosh(r) + 5 * tan(r)); store(y + 768 + at, hypot(v, r) + cbrt(v));`,
  ],
  [
    "curves near 0",
    `${line} const r = v * 0.2; store(y + at, asinh(v) + 3 * atanh(r)); store(y + 256 + at, acosh(abs(v) + 1)); store(y + 512 + at, log1p(r) + 3 * expm1(r)); store(y + 768 + at, log10(abs(v) + 0.1) + trunc(v) * sign(v));`,
  ],
  [
    "what bits say",
    `${line} ${uints} store(z + at, popcount(w) + 100 * clz(q) + 10000 * ctz(w)); store(u + at, reverseBits(q)); store(z + 256 + at, isFinite(1 / (v - v)) || isNaN(v)); store(z + 512 + at, isNaN(bitcast(0x7fc00000 + (w & 1), "f32")));`,
  ],
  [
    "philox of any counter",
    `${line} const [a, b, c, d] = philox([77, w], at, w, 3, 4294967295); store(u + at, a); store(u + 256 + at, b); store(u + 512 + at, c); store(u + 768 + at, d);`,
  ],
  [
    "four random numbers",
    `${line} const [a, , , d] = rand4x(3, at); const [e, f, g, h] = randn4x(4, at); store(y + at, a + d); store(y + 256 + at, e + f); store(y + 512 + at, g + h);`,
  ],
  [
    "options of folds",
    `${tile("16x32")} store(y + at, w - max(w, 1, { keepDims: true })); const [least, place] = min(w, 0, { returnIndices: true }); store(z + arange(32), least); store(z + 32 + arange(32), place); store(z + 64 + arange(16), histogram(ravel(w) & 15, 16, ravel(v) > 0));`,
  ],
  [
    "steps of the running kernel",
    `const step = load(n + 1) * 0 + 3; let total = 0; for (const j of range(1, 20, step)) total += j; for (let j = 20; j > 0; j -= step) total += 100 * j; store(z, total); for (const j of range(0, 9, step - 3)) store(z + 1, j);`,
  ],
  [
    "a dot of three axes",
    `${line} const a = reshape(v, [4, 8, 8]); store(y + at, ravel(dot(a, permute(a, [0, 2, 1])))); store(z + arange(64), ravel(dot(reshape(load(n + arange(64)), [1, 8, 8]), zeros([1, 8, 8], "i32") + 1)));`,
  ],
  [
    "a sorting network",
    `${line} let k = v; let p = w; for (let size = 2; size <= 256; size *= 2) for (let stride = size / 2; stride > 0; stride >>= 1) { const other = at ^ stride; const [k2, p2] = [gather(k, other, 0), gather(p, other, 0)]; const least = ((at & size) == 0) == (at < other); const swap = where(least, k2 < k, k2 > k); [k, p] = [where(swap, k2, k), where(swap, p2, p)]; } store(y + at, k); store(z + at, p);`,
  ],
  [
    "sums and differences of neighbours, halves, quarters, ...",
    `${line} let r = v; for (const level of staticRange(8)) { const [a, b] = split(reshape(r, [128, 2])); r = cat(a + b, a - b); } store(y + at, r);`,
  ],
  [
    "a view",
    `const v = view(x, [20, 30]); const w = load(v, [arange(32) - 2, arange(32)], undefined, -1); store(view(y, [31, 32]), [arange(32), arange(32)], w);`,
  ],
];

describe("the newer ops on a real WebGPU", () => {
  test.each(cases)("[N1] %s", async (_, body) => {
    const { wanted, seen } = await both(kernelOf(body));
    const errors = [2, 3, 4].map((place) => worst(seen[place] ?? [], wanted[place] ?? []));
    expect(Math.max(...errors)).toBeLessThan(2e-5);
  });

  test("[N5] stages that read each other at two places do not double their text", () => {
    const longest = cases.map(([, body]) => compileKernel(kernelOf(body), portableTarget).wgsl.length);
    expect(Math.max(...longest)).toBeLessThan(60_000);
  });

  test.each(["i8", "u8", "i4", "u4", "u2"] as const)("[N2] buffers of %s", async (dtype) => {
    const body = `const at = programId(0) * 64 + arange(64); const w = load(n + at);
      store(p + at, w, at < 201); store(z + at, load(q + at) * 2);`;
    const kernel = kernelOf(body, `, p: Ptr<"${dtype}">, q: Ptr<"${dtype}">`);
    const start = Array.from({ length: 256 }, (_, at) => (at % 7) % (dtype === "u2" ? 4 : 8));
    const { wanted, seen } = await both(kernel, [start, start], 4);
    expect(seen[5]).toEqual(wanted[5]);
    expect(seen[3]).toEqual(wanted[3]);
  });

  test("[N4] a sort with NaN, zeros of both signs and infinities", async () => {
    const odd = [3, NaN, -1, 0, -0, Infinity, NaN, -Infinity, 0, 1e-40, -1e-40, 3, -0, 2, -Infinity, 1];
    const body =
      "const at = arange(16); const v = load(p + at); store(z + at, argsort(v, 0)); store(z + 16 + at, argsort(v, 0, { descending: true }));";
    const { wanted, seen } = await both(kernelOf(body, ", p: Ptr"), [odd]);
    expect(seen[3]?.slice(0, 32)).toEqual(wanted[3]?.slice(0, 32));
  });

  test("[N3] prints and asserts say what the interpreter says", async () => {
    const body = `const at = programId(0) * 128 + arange(128); const v = load(x + at); const w = load(n + at);
      for (const k of range(0, 2)) print("big", w + k);
      print("sum", sum(w, 0)); assert(w < 60 + (1 - programId(0)) * 1000, "small"); store(z + at, w);`;
    const kernel = kernelOf(body);
    const compiled = compileKernel(kernel, portableTarget);
    const zeros = Array.from({ length: 1024 }, () => 0);
    const messages = Array.from({ length: messageBytes / 4 }, () => 0);
    const grid = [2, 1, 1] as const;
    const data = [numbers, wholes, zeros, zeros, zeros, messages];
    const seen = await runCompiled(compiled, { grid, data, scalars: [] });
    const words = Uint32Array.from(seen[5] ?? []);
    const { messages: said, dropped, failed } = readMessages(words, compiled.sites, grid);
    const heard: TileMessage[] = [];
    const quiet = kernelOf(body.replace(/assert\([^;]*;/, ""));
    const memory = data.slice(0, 5).map((values) => Float64Array.from(values));
    runTileKernel(quiet, grid, memory, { onMessage: (message) => heard.push(message) });
    expect(dropped).toBe(0);
    expect(
      said.toSorted(byPlace).map(({ program, visit, elements }) => ({ program, visit, elements })),
    ).toEqual(
      heard
        .map(({ op, ...message }) => ({ ...message, site: op }))
        .toSorted(byPlace)
        .map(({ program, visit, elements }) => ({ program, visit, elements })),
    );
    expect(failed).toEqual({
      site: compiled.sites.at(-1),
      program: [1, 0, 0],
      place: wholes.slice(128, 256).findIndex((w) => w >= 60),
    });
    expect(messageLayout.mostElements).toBe(64);
  });
});
