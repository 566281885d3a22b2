/**
 * The tile language for an editor's TypeScript, as the text of an ambient .d.ts. A tile is a number to TypeScript, so
 * that operators type-check; shapes, dtypes and masks are checked by `checkKernels`. It says nothing of `kernel`
 * itself, which is the tensor API's. Load it only beside cells: it adds members to every number.
 */
export const tileLanguageTypes: string = `
/** Element types of buffers and tiles. */
type DType = "f32" | "f16" | "i32" | "u32" | "bool";

declare const tileBrand: unique symbol;
declare const pointerBrand: unique symbol;

/** A tile of numbers, or one number, of the running kernel. Operators work element by element. */
type Tile = number & { readonly [tileBrand]?: 1 };

/** A tile of true and false. \`&&\`, \`||\` and \`!\` work element by element. */
type Mask = boolean;

/**
 * A buffer, as a parameter of a kernel: \`Ptr\` holds f32, \`Ptr<"f16">\` half precision. Add offsets to it and load.
 * @example kernel((x: Ptr, ids: Ptr<"i32">, n: i32) => { ... })
 */
type Ptr<D extends DType = "f32"> = number & { readonly [pointerBrand]?: D };

/** A whole number given at launch, for example a size. */
type i32 = number;
/** A whole number from 0 on, given at launch. */
type u32 = number;
/** A number given at launch, for example a scale. */
type f32 = number;
/** True or false, given at launch. */
type bool = boolean;

interface Number {
  /** A tile of two axes with its axes swapped. @example dot(q, k.T) */
  readonly T: Tile;
  /** The same values in another dtype; floats lose their fraction on the way to integers. @example x.to("f16") */
  to(dtype: DType): Tile;
  /** The sizes of a tile, known while compiling. @example zeros([x.shape[0], 16]) */
  readonly shape: readonly number[];
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

/** How many programs there are, along an axis. @example for (const row of range(programId(0), n, 1)) ... */
declare function numPrograms(axis?: 0 | 1 | 2): Tile;

/** The tile [start, ..., end - 1] of i32. Its size is a power of two. @example const lanes = arange(64) */
declare function arange(end: number): Tile;
declare function arange(start: number, end: number): Tile;

/** What a loop counts through; the step is a constant. @example for (const j of range(0, n, BK)) { ... } */
declare function range(end: number): Iterable<Tile>;
declare function range(start: number, end: number, step?: number): Iterable<Tile>;

/**
 * Reads a buffer at a pointer plus offsets. Where the mask is false nothing is read and \`other\` (0) stands there.
 * @example load(x + offsets, offsets < n, 0)
 */
declare function load(pointer: number, mask?: Mask, other?: number): Tile;

/** Writes to a buffer at a pointer plus offsets, where the mask is true. @example store(out + offsets, y, offsets < n) */
declare function store(pointer: number, value: number | boolean, mask?: Mask): void;

/** \`yes\` where the mask is true, \`no\` elsewhere. @example where(x > 0, x, 0) */
declare function where(mask: Mask, yes: number, no: number): Tile;
declare function where(mask: Mask, yes: Mask, no: Mask): Mask;

/** The matrix product [m, k] x [k, n], summed in f32, added to \`accumulator\`. @example acc = dot(a, b, acc) */
declare function dot(a: number, b: number, accumulator?: number): Tile;

/** A tile of zeros; f32 by default. @example let acc = zeros([BM, BN]) */
declare function zeros(shape: readonly number[], dtype?: DType): Tile;

/** A tile of one value; f32 by default. @example let top = full([BQ], -1e30) */
declare function full(shape: readonly number[], value: number, dtype?: DType): Tile;

/** The same tile with a new axis of size 1. @example expand(rows, 1) * D + expand(columns, 0) */
declare function expand(tile: number, axis: number): Tile;
declare function expand(mask: Mask, axis: number): Mask;

/** Repeats a number or axes of size 1 until the shape is reached. @example broadcast(expand(row, 0), [16, 64]) */
declare function broadcast(tile: number, shape: readonly number[]): Tile;
declare function broadcast(mask: Mask, shape: readonly number[]): Mask;

/** The same elements in another shape. @example reshape(x, [4, 16]) */
declare function reshape(tile: number, shape: readonly number[]): Tile;
declare function reshape(mask: Mask, shape: readonly number[]): Mask;

/** A tile of two axes with its axes swapped, like \`.T\`. @example trans(k) */
declare function trans(tile: number): Tile;

/** Adds up along an axis, or all of a tile. @example sum(p, 1) */
declare function sum(tile: number | boolean, axis?: number): Tile;

/** Multiplies along an axis, or all of a tile. @example prod(x, 0) */
declare function prod(tile: number | boolean, axis?: number): Tile;

/** The greatest along an axis, or of all; of two tiles, as \`maximum\`. @example max(scores, 1) */
declare function max(tile: number, axis?: number): Tile;

/** The least along an axis, or of all; of two tiles, as \`minimum\`. @example min(x, 0) */
declare function min(tile: number, axis?: number): Tile;

/** Where the first greatest element stands along an axis, as i32. @example argmax(logits, 1) */
declare function argmax(tile: number, axis?: number): Tile;

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
`;
