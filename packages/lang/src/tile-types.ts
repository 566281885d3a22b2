/**
 * The tile language for an editor's TypeScript, as the text of an ambient .d.ts. A tile is a number to TypeScript, so
 * that operators type-check; shapes, dtypes and masks are checked by `checkKernels`. It says nothing of `kernel`
 * itself, which is the tensor API's. Load it only beside cells: it adds members to every number.
 */
export const tileLanguageTypes: string = `
/** Element types of tiles. @example zeros([16], "f16") */
type DType = "f32" | "f16" | "i32" | "u32" | "bool";

/**
 * What a buffer may hold: i8, u8, i4 and u4 are packed four or eight a word, and are i32 in a kernel.
 * @example kernel((weights: Ptr<"i4">, y: Ptr) => store(y + arange(16), load(weights + arange(16)) * 0.5))
 */
type BufferDType = DType | "i8" | "u8" | "i4" | "u4" | "u2";

declare const tileBrand: unique symbol;
declare const pointerBrand: unique symbol;
declare const viewBrand: unique symbol;

/**
 * A tile of numbers, or one number, of the running kernel. Operators work element by element.
 * @example const twice = (v: Tile): Tile => v * 2
 */
type Tile = number & { readonly [tileBrand]?: 1 };

/**
 * A tile of true and false. \`&&\`, \`||\` and \`!\` work element by element.
 * @example const kept = (v: Tile, inside: Mask): Tile => where(inside, v, 0)
 */
type Mask = boolean;

/**
 * A buffer, as a parameter of a kernel: \`Ptr\` holds f32, \`Ptr<"f16">\` half precision. Add offsets to it and load.
 * @example kernel((x: Ptr, ids: Ptr<"i32">, y: Ptr) => store(y + programId(0), load(x + load(ids + programId(0)))))
 */
type Ptr<D extends BufferDType = "f32"> = number & { readonly [pointerBrand]?: D };

/**
 * A buffer that knows its sizes, as a parameter of a kernel. Views that name the same size must agree on it.
 * @example kernel((a: View<"f32", ["M", "K"]>, y: Ptr) => { const [M, K] = a.shape; store(y, M * K); })
 */
interface View<D extends BufferDType = "f32", Sizes extends readonly (string | number)[] = readonly string[]> extends Number {
  readonly [viewBrand]?: [D, Sizes];
  /** The sizes, outermost first. @example view(x, [n, 4]).shape[0] */
  readonly shape: readonly number[];
  /** How many elements lie between neighbours along each axis. @example view(x, [n, 4]).strides[0] */
  readonly strides: readonly number[];
}

/**
 * A parameter that is known when the kernel is compiled, such as the size of a tile. Each value is a kernel of its own.
 * @example kernel((y: Ptr, BLOCK: Const) => store(y + arange(BLOCK), 1))
 */
type Const<T = number> = T;

/** A whole number given at launch, for example a size. @example kernel((y: Ptr, n: i32) => store(y + arange(16), 1, arange(16) < n)) */
type i32 = number;
/** A whole number from 0 on, given at launch. @example kernel((y: Ptr, seed: u32) => store(y + arange(16), rand(seed, arange(16)))) */
type u32 = number;
/** A number given at launch, for example a scale. @example kernel((y: Ptr, scale: f32) => store(y + arange(16), arange(16) * scale)) */
type f32 = number;
/** True or false, given at launch. @example kernel((y: Ptr, causal: bool) => store(y, causal ? 1 : 0)) */
type bool = boolean;

interface Number {
  /** A tile of two axes with its axes swapped. @example dot(q, k.T) */
  readonly T: Tile;
  /** The same values in another dtype; floats lose their fraction on the way to integers. @example x.to("f16") */
  to(dtype: DType): Tile;
  /** The sizes of a tile, known while compiling. @example zeros([x.shape[0], 16]) */
  readonly shape: readonly number[];
  /** What it holds, known while compiling: of a tile, or of a buffer. @example store(y + at, x.to(y.dtype)) */
  readonly dtype: DType;
}

interface Boolean {
  /** A mask of two axes with its axes swapped. @example live.T */
  readonly T: Mask;
  /** 1 where true and 0 where false. @example sum((x > 0).to("i32"), 0) */
  to(dtype: DType): Tile;
  /** The sizes of a mask, known while compiling. @example mask.shape[0] */
  readonly shape: readonly number[];
}

/** Which program of the grid this is, along an axis. @example const row = programId(0) */
declare function programId(axis?: 0 | 1 | 2): Tile;

/** How many programs there are, along an axis. @example for (const row of range(programId(0), n, numPrograms(0))) store(y + row, 1) */
declare function numPrograms(axis?: 0 | 1 | 2): Tile;

/** The tile [start, ..., end - 1] of i32. Its size is a power of two. @example const lanes = arange(64) */
declare function arange(end: number): Tile;
declare function arange(start: number, end: number): Tile;

/** What a loop counts through. @example for (const j of range(0, n, BK)) total += load(x + j) */
declare function range(end: number): Iterable<Tile>;
declare function range(start: number, end: number, step?: number): Iterable<Tile>;

/**
 * Reads a buffer at a pointer plus offsets. Where the mask is false nothing is read and \`other\` (0) stands there.
 * @example load(x + offsets, offsets < n, 0)
 */
declare function load(pointer: number, mask?: Mask, other?: number): Tile;
declare function load(view: View | Tensor, indices: readonly number[], mask?: Mask, other?: number): Tile;

/** Writes to a buffer at a pointer plus offsets, where the mask is true. @example store(out + offsets, y, offsets < n) */
declare function store(pointer: number, value: number | boolean, mask?: Mask): void;
declare function store(view: View, indices: readonly number[], value: number | boolean, mask?: Mask): void;

/**
 * A view of a buffer: row-major, or with strides of your own. Loads and stores outside of it are masked.
 * @example const c = view(out, [m, n])
 */
declare function view(pointer: number, shape: readonly number[], strides?: readonly number[]): View;

/** \`yes\` where the mask is true, \`no\` elsewhere. @example where(x > 0, x, 0) */
declare function where(mask: Mask, yes: number, no: number): Tile;
declare function where(mask: Mask, yes: Mask, no: Mask): Mask;

/** The matrix product [m, k] x [k, n], summed in f32, added to \`accumulator\`; of three axes, one for each place of the first. @example acc = dot(a, b, acc) */
declare function dot(a: number, b: number, accumulator?: number): Tile;

/** A tile of zeros; f32 by default. @example let acc = zeros([BM, BN]) */
declare function zeros(shape: readonly number[], dtype?: DType): Tile;

/** A tile of one value; f32 by default. @example let top = full([BQ], -1e30) */
declare function full(shape: readonly number[], value: number, dtype?: DType): Tile;

/** The same tile with a new axis of size 1; with several, by the places they have in the result. @example expand(row, 1) * D + expand(column, 0) */
declare function expand(tile: number, axis: number | readonly number[]): Tile;
declare function expand(mask: Mask, axis: number | readonly number[]): Mask;

/** Repeats a number or axes of size 1 until the shape is reached. @example broadcast(expand(row, 0), [16, 64]) */
declare function broadcast(tile: number, shape: readonly number[]): Tile;
declare function broadcast(mask: Mask, shape: readonly number[]): Mask;

/** The same elements in another shape. @example reshape(x, [4, 16]) */
declare function reshape(tile: number, shape: readonly number[]): Tile;
declare function reshape(mask: Mask, shape: readonly number[]): Mask;

/** A tile of two axes with its axes swapped, like \`.T\`. @example trans(k) */
declare function trans(tile: number): Tile;

/** What the folds of an axis take. */
interface KeepDims {
  /** The axis that is folded away stays, with size 1. @example block - max(block, 1, { keepDims: true }) */
  readonly keepDims?: boolean;
}

/** Adds up along an axis, or all of a tile. @example sum(p, 1) */
declare function sum(tile: number | boolean, axis?: number, options?: KeepDims): Tile;

/** Multiplies along an axis, or all of a tile. @example prod(x, 0) */
declare function prod(tile: number | boolean, axis?: number, options?: KeepDims): Tile;

/** The greatest along an axis, or of all; of two tiles, as \`maximum\`. @example scores - max(scores, 1, { keepDims: true }) */
declare function max(tile: number, axis?: number, options?: KeepDims & { readonly returnIndices?: false }): Tile;
declare function max(tile: number, axis: number, options: KeepDims & { readonly returnIndices: true }): readonly [Tile, Tile];

/** The least along an axis, or of all; of two tiles, as \`minimum\`. @example const [least, at] = min(x, 0, { returnIndices: true }) */
declare function min(tile: number, axis?: number, options?: KeepDims & { readonly returnIndices?: false }): Tile;
declare function min(tile: number, axis: number, options: KeepDims & { readonly returnIndices: true }): readonly [Tile, Tile];

/** Where the first greatest element stands along an axis, as i32. @example argmax(logits, 1) */
declare function argmax(tile: number, axis?: number, options?: KeepDims): Tile;

/** The greater of two, element by element. @example maximum(x, 0) */
declare function maximum(a: number, b: number): Tile;

/** The less of two, element by element. @example minimum(start + BK, n) */
declare function minimum(a: number, b: number): Tile;

/** e to the power of x. @example exp(scores - expand(top, 1)) */
declare function exp(x: number): Tile;

/** 2 to the power of x. @example exp2(x * Math.LOG2E) */
declare function exp2(x: number): Tile;

/** The natural logarithm. @example top + log(total) */
declare function log(x: number): Tile;

/** The logarithm to base 2. @example log2(x) */
declare function log2(x: number): Tile;

/** The square root. @example x / sqrt(D) */
declare function sqrt(x: number): Tile;

/** 1 / sqrt(x). @example x * rsqrt(variance + 1e-5) */
declare function rsqrt(x: number): Tile;

/** The sine of an angle in radians. @example sin(position * frequency) */
declare function sin(x: number): Tile;

/** The cosine of an angle in radians. @example cos(position * frequency) */
declare function cos(x: number): Tile;

/** The hyperbolic tangent. @example cap * tanh(scores / cap) */
declare function tanh(x: number): Tile;

/** Without its sign. @example abs(a - b) */
declare function abs(x: number): Tile;

/** Rounded down. @example floor(x / 2) */
declare function floor(x: number): Tile;

/** Rounded up. @example ceil(x) */
declare function ceil(x: number): Tile;

/** Rounded to the nearest, ties to the even one. @example round(x * 127) */
declare function round(x: number): Tile;

/** base to the power of exponent, like \`**\`. @example pow(x, 3) */
declare function pow(base: number, exponent: number): Tile;

/** The whole part of a / b, for integers. @example const head = idiv(programId(1), groups) */
declare function idiv(a: number, b: number): Tile;

/** a / b rounded up, for integers from 0 on. @example const blocks = cdiv(n, BK) */
declare function cdiv(a: number, b: number): Tile;

/** The whole numbers of a loop that is written out, known while compiling. @example for (const k of staticRange(4)) total += load(x + k) */
declare function staticRange(end: number): readonly number[];
declare function staticRange(start: number, end: number, step?: number): readonly number[];

/** The bits of a tile as another dtype: between f32, i32 and u32. @example bitcast(x, "u32") >> 23 */
declare function bitcast(x: number, dtype: "f32" | "i32" | "u32"): Tile;

/** Where the first least element stands along an axis, as i32. @example argmin(distances, 1) */
declare function argmin(tile: number, axis?: number, options?: KeepDims): Tile;

/** The error function. @example 0.5 * x * (1 + erf(x * Math.SQRT1_2)) */
declare function erf(x: number): Tile;

/** 1 / (1 + exp(-x)). @example x * sigmoid(x) */
declare function sigmoid(x: number): Tile;

/** exp(x - max) over its sum along an axis. @example softmax(scores, 1) */
declare function softmax(tile: number, axis?: number): Tile;

/** The tangent of an angle in radians. @example tan(angle) */
declare function tan(x: number): Tile;

/** The angle whose sine is x. @example asin(x) */
declare function asin(x: number): Tile;

/** The angle whose cosine is x. @example acos(clamp(x, -1, 1)) */
declare function acos(x: number): Tile;

/** The angle whose tangent is x. @example atan(x) */
declare function atan(x: number): Tile;

/** The angle of the point (x, y) from the x axis, from -π to π. @example atan2(im, re) */
declare function atan2(y: number, x: number): Tile;

/** The hyperbolic sine. @example sinh(x) */
declare function sinh(x: number): Tile;

/** The hyperbolic cosine. @example cosh(x) */
declare function cosh(x: number): Tile;

/** The inverse of sinh. @example asinh(x) */
declare function asinh(x: number): Tile;

/** The inverse of cosh, from 1 on. @example acosh(x) */
declare function acosh(x: number): Tile;

/** The inverse of tanh, between -1 and 1. @example atanh(x) */
declare function atanh(x: number): Tile;

/** The logarithm to base 10. @example 10 * log10(power) */
declare function log10(x: number): Tile;

/** log(1 + x), also exact for small x. @example log1p(exp(-abs(x))) */
declare function log1p(x: number): Tile;

/** exp(x) - 1, also exact for small x. @example where(x > 0, x, expm1(x)) */
declare function expm1(x: number): Tile;

/** The cube root, also of negative numbers. @example cbrt(x) */
declare function cbrt(x: number): Tile;

/** sqrt(a * a + b * b), without squares that overflow. @example hypot(re, im) */
declare function hypot(a: number, b: number): Tile;

/** Where x is not a number. @example where(isNaN(x), 0, x) */
declare function isNaN(x: number): Mask;

/** Where x is neither infinite nor NaN. @example assert(isFinite(loss), "the loss is a number") */
declare function isFinite(x: number): Mask;

/** How many bits are 1, as i32. @example popcount(word) */
declare function popcount(x: number): Tile;

/** How many bits are 0 before the highest 1, as i32; 32 of 0. @example 31 - clz(size) */
declare function clz(x: number): Tile;

/** How many bits are 0 behind the lowest 1, as i32; 32 of 0. @example ctz(size) */
declare function ctz(x: number): Tile;

/** The 32 bits in the opposite order. @example reverseBits(at.to("u32")) */
declare function reverseBits(x: number): Tile;

/** Without its fraction: rounded toward zero. @example trunc(x) */
declare function trunc(x: number): Tile;

/** -1, 0 or 1, by the sign of x. @example sign(gradient) */
declare function sign(x: number): Tile;

/** a * b + c. @example fma(x, scale, shift) */
declare function fma(a: number, b: number, c: number): Tile;

/** x, but not below least or above most. @example clamp(x, 0, 1) */
declare function clamp(x: number, least: number, most: number): Tile;

/** The upper 32 bits of the product of two u32. @example mulhi(a, b) */
declare function mulhi(a: number, b: number): Tile;

/** Zeros of the same type. @example let total = zerosLike(row) */
declare function zerosLike(tile: number): Tile;

/** The axes in another order. @example permute(heads, [0, 2, 1]) */
declare function permute(tile: number, order: readonly number[]): Tile;

/** All elements along one axis, row-major. @example ravel(block) */
declare function ravel(tile: number): Tile;

/** Two tiles side by side on a new last axis of size 2. @example join(re, im) */
declare function join(a: number, b: number): Tile;

/** The two parts of a last axis of size 2. @example const [re, im] = split(pairs) */
declare function split(tile: number): readonly [Tile, Tile];

/** a0, b0, a1, b1, ... along the last axis. @example interleave(even, odd) */
declare function interleave(a: number, b: number): Tile;

/** One behind the other along an axis. @example cat(head, tail, 0) */
declare function cat(a: number, b: number, axis?: number): Tile;

/** The other way round along an axis. @example flip(row, 0) */
declare function flip(tile: number, axis?: number): Tile;

/** Elements of a tile by their place along an axis. @example gather(table, codes, 0) */
declare function gather(tile: number, index: number, axis: number): Tile;

/** In order along an axis (the last by default). @example sort(row, 0, { descending: true }) */
declare function sort(tile: number, axis?: number, options?: { readonly descending?: boolean }): Tile;

/** The places of the elements in order, as i32; equal ones keep theirs. @example argsort(keys, 0) */
declare function argsort(tile: number, axis?: number, options?: { readonly descending?: boolean }): Tile;

/** The k greatest along an axis and where they stood. @example const [best, places] = topk(scores, 4, 1) */
declare function topk(tile: number, k: number, axis?: number): readonly [Tile, Tile];

/** How many elements, where the mask is true, equal 0, 1, ..., bins - 1. @example histogram(digits, 16, at < n) */
declare function histogram(tile: number, bins: number, mask?: Mask): Tile;

/**
 * Folds an axis by an associative function of two neighbours; several tiles at once with a list.
 * @example reduce(x, 0, (a, b) => maximum(a, b))
 */
declare function reduce(tile: number, axis: number, combine: (a: Tile, b: Tile) => number, options?: KeepDims): Tile;
declare function reduce<const T extends readonly number[]>(
  tiles: T,
  axis: number,
  combine: (...sides: Tile[]) => readonly number[],
  options?: KeepDims,
): { readonly [K in keyof T]: Tile };

/**
 * The running values of such a fold along an axis.
 * @example const [, h] = scan([a, b], 0, (a1, b1, a2, b2) => [a1 * a2, a2 * b1 + b2])
 */
declare function scan(
  tile: number,
  axis: number,
  combine: (a: Tile, b: Tile) => number,
  options?: { readonly reverse?: boolean },
): Tile;
declare function scan<const T extends readonly number[]>(
  tiles: T,
  axis: number,
  combine: (...sides: Tile[]) => readonly number[],
  options?: { readonly reverse?: boolean },
): { readonly [K in keyof T]: Tile };

/** Running sums along an axis. @example cumsum(counts, 0) - counts */
declare function cumsum(tile: number | boolean, axis?: number, options?: { readonly reverse?: boolean }): Tile;

/** Running products along an axis. @example cumprod(1 - alpha, 0) */
declare function cumprod(tile: number, axis?: number, options?: { readonly reverse?: boolean }): Tile;

/** The exclusive or along an axis. @example xorSum(words, 0) */
declare function xorSum(tile: number, axis?: number, options?: KeepDims): Tile;

/** Adds to memory as one step that nobody can come between; gives what stood there. i32 and u32. @example atomicAdd(counts + bin, 1, inside) */
declare function atomicAdd(pointer: number, value: number, mask?: Mask): Tile;
declare function atomicAdd(view: View, indices: readonly number[], value: number, mask?: Mask): Tile;

/** Keeps the greater. @example atomicMax(best, score) */
declare function atomicMax(pointer: number, value: number, mask?: Mask): Tile;
declare function atomicMax(view: View, indices: readonly number[], value: number, mask?: Mask): Tile;

/** Keeps the less. @example atomicMin(first + label, at) */
declare function atomicMin(pointer: number, value: number, mask?: Mask): Tile;
declare function atomicMin(view: View, indices: readonly number[], value: number, mask?: Mask): Tile;

/** Keeps the bits that are in both. @example atomicAnd(flags + word, ~bit) */
declare function atomicAnd(pointer: number, value: number, mask?: Mask): Tile;
declare function atomicAnd(view: View, indices: readonly number[], value: number, mask?: Mask): Tile;

/** Keeps the bits that are in either. @example atomicOr(flags + word, bit) */
declare function atomicOr(pointer: number, value: number, mask?: Mask): Tile;
declare function atomicOr(view: View, indices: readonly number[], value: number, mask?: Mask): Tile;

/** Turns bits around. @example atomicXor(parity, word) */
declare function atomicXor(pointer: number, value: number, mask?: Mask): Tile;
declare function atomicXor(view: View, indices: readonly number[], value: number, mask?: Mask): Tile;

/** Puts a value there. @example const before = atomicXchg(slot, 1) */
declare function atomicXchg(pointer: number, value: number, mask?: Mask): Tile;
declare function atomicXchg(view: View, indices: readonly number[], value: number, mask?: Mask): Tile;

/** Puts a value there where the expected one stands. @example atomicCas(owner + cell, 0, id) */
declare function atomicCas(pointer: number, expected: number, value: number, mask?: Mask): Tile;
declare function atomicCas(view: View, indices: readonly number[], expected: number, value: number, mask?: Mask): Tile;

/** A random number in [0, 1) for each place; the same seed and place give the same. @example rand(seed, at) > p */
declare function rand(seed: number, offsets: number): Tile;

/** A normal random number for each place. @example randn(seed, at) */
declare function randn(seed: number, offsets: number): Tile;

/** A random u32 for each place. @example randint(seed, at) */
declare function randint(seed: number, offsets: number): Tile;

/** Four random u32 for each place. @example const [a, b, c, d] = randint4x(seed, at) */
declare function randint4x(seed: number, offsets: number): readonly [Tile, Tile, Tile, Tile];

/** Four random numbers in [0, 1) for each place. @example const [a, b, c, d] = rand4x(seed, at) */
declare function rand4x(seed: number, offsets: number): readonly [Tile, Tile, Tile, Tile];

/** Four normal random numbers for each place. @example const [a, b, c, d] = randn4x(seed, at) */
declare function randn4x(seed: number, offsets: number): readonly [Tile, Tile, Tile, Tile];

/** The four u32 words of Philox4x32 for any key (or its two halves) and counter. @example const [w0, w1, w2, w3] = philox(seed, at, 0, step, 0) */
declare function philox(
  seed: number | readonly [number, number],
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  rounds?: number,
): readonly [Tile, Tile, Tile, Tile];

/** Shows values in the output of the cell, for each program. @example print("row sums", sum(block, 1)) */
declare function print(...values: readonly (string | number | boolean)[]): void;

/** Ends the launch with this text when an element is false. @example assert(index < n, "index in range", inside) */
declare function assert(condition: Mask, message?: string, mask?: Mask): void;

/** Decided while compiling. @example staticAssert(BM % 16 === 0, "BM is a multiple of 16") */
declare function staticAssert(condition: boolean, message?: string): void;

/** Says on its line in the editor what its values are: constants, and the types of tiles. @example staticPrint("BM", BM) */
declare function staticPrint(...values: readonly unknown[]): void;

/** Something the compiler may rely on. @example assume(n > 0) */
declare function assume(condition: Mask): void;

/** x, said to be a multiple of n. @example multipleOf(start, 16) */
declare function multipleOf(x: number, n: number): Tile;

/** x, said to run along memory in pieces of n. @example maxContiguous(at, 64) */
declare function maxContiguous(x: number, n: number): Tile;

/** x, said to be equal in runs of n. @example maxConstancy(row, 16) */
declare function maxConstancy(x: number, n: number): Tile;

/** Place (i, j) of a grid walked in groups of rows. @example const [row, column] = swizzle2d(i, j, rows, columns, 8) */
declare function swizzle2d(i: number, j: number, rows: number, columns: number, group: number): readonly [Tile, Tile];
`;
