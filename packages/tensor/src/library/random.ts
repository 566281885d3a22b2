import { Fault } from "@tilebook/base";
import { philox } from "@tilebook/ir";
import { arithmetic, compare, floatUnary } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { fold } from "../reduce.ts";
import { checkAxis, checkShape, sizeOf } from "../shape.ts";
import { launchOne } from "./launch.ts";
import { sortAlong } from "./sort.ts";

/** Where random numbers come from: two words. The same key gives the same numbers; new ones come from a key split off. */
export interface RandomKey {
  readonly words: readonly [number, number];
}

/** The key of a whole number. Fault `random/seed`. */
export function keyOf(seed: number): RandomKey {
  if (!Number.isSafeInteger(seed)) {
    throw new Fault("random/seed", `a seed is a whole number, not ${String(seed)}`, {
      hint: "random.key(7)",
    });
  }
  return { words: [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0] };
}

/** So many keys that have nothing to do with each other, nor with what `key` itself gives. */
export function splitKey(key: RandomKey, count = 2): readonly RandomKey[] {
  const [size = 1] = checkShape([count]);
  const words = checkKey(key);
  return Array.from({ length: size }, (_, at) => {
    const [low, high] = philox(words, [at, 0, 0, splitting]);
    return { words: [low, high] };
  });
}

/** The last word of the counter tells what is drawn from what is split, so the two never meet. */
const splitting = 1;

type Kind = "bits" | "uniform" | "normal";

/** 23 bits, so that the middle of each step is an f32: never 0 and never 1. */
const unit = `((word >>> 9).to("f32") + 0.5) * ${2 ** -23}`;

const made: Readonly<Record<Kind, string>> = {
  bits: "word",
  uniform: `(word >>> 8).to("f32") * ${2 ** -24}`,
  normal: `normal((${unit}) * 2 - 1)`,
};

/**
 * sqrt(2) erfinv(x), by M. Giles, "Approximating the erfinv function" (2010): only log and sqrt, and no sine, whose error
 * WGSL leaves open; so engines agree to a few units in the last place.
 */
const normal = `const normal = (x) => {
    const far = -log((1 - x) * (1 + x));
    const w = far - 2.5;
    const near = 1.50140941 + w * (0.246640727 + w * (-0.00417768164 + w * (-0.00125372503 + w * (0.00021858087 +
      w * (-4.39150654e-6 + w * (-3.5233877e-6 + w * (3.43273939e-7 + w * 2.81022636e-8)))))));
    const v = sqrt(far) - 3;
    const tail = 2.83297682 + v * (1.00167406 + v * (0.00943887047 + v * (-0.0076224613 + v * (0.00573950773 +
      v * (-0.00367342844 + v * (0.00134934322 + v * (0.000100950558 + v * -0.000200214257)))))));
    return Math.SQRT2 * x * where(far < 5, near, tail);
  };`;

/** Element i is word i % 4 of Philox4x32-10 with the counter (i / 4, 0, 0, 0). */
function drawText(kind: Kind): string {
  return `kernel((y: Ptr<"${kind === "bits" ? "u32" : "f32"}">, n: i32, low: u32, high: u32, BLOCK: Const) => {
  ${kind === "normal" ? normal : ""}
  const at = programId(0) * BLOCK + arange(BLOCK);
  const words = philox([low, high], at, 0, 0, 0);
  for (const k of staticRange(4)) {
    const word = words[k];
    store(y + (at * 4 + k), ${made[kind]}, at * 4 + k < n);
  }
})`;
}

/** Random numbers of a shape: u32 words, f32 in [0, 1), or f32 with mean 0 and deviation 1. */
export function draw(kernels: KernelCache, kind: Kind, shape: unknown, key: RandomKey): Expr {
  const sizes = checkShape(shape);
  const n = sizeOf(sizes);
  const [low, high] = checkKey(key);
  return launchOne(kernels, {
    name: `random_${kind}`,
    text: drawText(kind),
    constants: { BLOCK: 128 },
    grid: [Math.ceil(n / 512), 1, 1],
    given: { y: { makes: { dtype: kind === "bits" ? "u32" : "f32", shape: sizes } }, n, low, high },
  });
}

/** -log(-log(u)): the greatest of x + gumbel is at i with probability softmax(x)[i]. */
export function gumbel(kernels: KernelCache, shape: unknown, key: RandomKey): Expr {
  // Drawn from [2^-23, 1 - 2^-23) instead of [0, 1): both logs stay finite.
  const u = arithmetic(
    "add",
    arithmetic("mul", draw(kernels, "uniform", shape, key), 1 - 2 ** -22),
    2 ** -23,
  );
  const negative = floatUnary("neg", floatUnary("log", u));
  return floatUnary("neg", floatUnary("log", negative));
}

/** True with the probability `chance`, a number or one for each element. */
export function bernoulli(kernels: KernelCache, shape: unknown, key: RandomKey, chance: Expr | number): Expr {
  const drawn = draw(kernels, "uniform", shape, key);
  return compare("lt", drawn, chance);
}

/** i32: an index along `axis`, drawn by the weights softmax(logits) (Gumbel-max: Gumbel, 1954). */
export function categorical(kernels: KernelCache, logits: Expr, key: RandomKey, axis: number): Expr {
  const at = checkAxis(axis, logits.shape.length);
  const noisy = arithmetic("add", logits, gumbel(kernels, logits.shape, key));
  return fold("argmax", noisy, at);
}

/** i32 [n]: 0 to n - 1 in random order, by sorting random words. Two of n equal words (once in 2^33 / n^2) keep their order. */
export function shuffled(kernels: KernelCache, n: number, key: RandomKey): Expr {
  return sortAlong(kernels, draw(kernels, "bits", [n], key), 0).places;
}

function checkKey(key: unknown): readonly [number, number] {
  const words = typeof key === "object" && key !== null && "words" in key ? key.words : undefined;
  if (Array.isArray(words) && words.length === 2) return words as unknown as readonly [number, number];
  throw new Fault("random/key", "this is no key", {
    hint: "const [first, second] = random.split(random.key(7))",
  });
}
