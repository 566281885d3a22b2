/** Tensors, kernels and measures, as the editor sees them. */
export const tensorDeclarations: string = `
type TensorDType = "f32" | "f16" | "i32" | "u32" | "bool" | "i8" | "u8" | "i4" | "u4" | "u2";

/** Numbers or booleans in even nested lists, or a typed array. */
type TensorSource =
  | number
  | boolean
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | readonly TensorSource[];

/** A Float32Array (f32, f16), Int32Array, Uint32Array, or Uint8Array of 0 and 1 (bool). */
interface Values extends Iterable<number> {
  readonly length: number;
  readonly [index: number]: number;
  at(index: number): number | undefined;
  indexOf(value: number): number;
  includes(value: number): boolean;
  findIndex(test: (value: number, index: number) => boolean): number;
  every(test: (value: number, index: number) => boolean): boolean;
  some(test: (value: number, index: number) => boolean): boolean;
  forEach(work: (value: number, index: number) => void): void;
  map(change: (value: number, index: number) => number): Values;
  filter(test: (value: number, index: number) => boolean): Values;
  reduce<T>(step: (total: T, value: number, index: number) => T, start: T): T;
  slice(start?: number, end?: number): Values;
  toSorted(compare?: (a: number, b: number) => number): Values;
  join(separator?: string): string;
  keys(): IterableIterator<number>;
  entries(): IterableIterator<[number, number]>;
}

type Shape = number | readonly number[];
type Nested = number | readonly Nested[];

interface TensorOptions {
  /** Default: the nesting, or one axis for a typed array. */
  readonly shape?: readonly number[];
  /** Default: f32 for numbers and float arrays, bool for booleans, i32 or u32 for integer arrays. */
  readonly dtype?: TensorDType;
}

interface ReduceOptions {
  /** Keeps the folded axes with size 1, so that the result broadcasts against the tensor. */
  readonly keep?: boolean;
}

interface MatmulOptions {
  /** The right side is stored as [..., n, k]: \`matmul(q, k, { transposeRight: true })\` is q k^T without a copy. */
  readonly transposeRight?: boolean;
}

interface AttentionOptions {
  /** Query i sees the keys up to i + m - n: the last query sees all of them. */
  readonly causal?: boolean;
  /** Multiplies the scores. Default: 1 / sqrt(d). */
  readonly scale?: number;
  /** The axis of heads stands after that of tokens: q [..., n, heads, d]. */
  readonly tokensFirst?: boolean;
  /**
   * Changes the scaled scores, f32 [..., n, m], before the softmax: \`score: (scores, { query, key }) => scores.sub(query.sub(key).mul(0.1))\`.
   * Compiled into the kernel, and differentiated.
   */
  readonly score?: (scores: Tensor, at: ScorePlaces) => Tensor;
  /** Which keys a query sees: bool, of a shape that broadcasts to [..., n, m], or a function that gives one. */
  readonly mask?: Tensor | ((at: ScorePlaces) => Tensor);
  /** One more score a row that has no value, as attention sinks: [heads], or [] for all. */
  readonly sinks?: Tensor;
}

/** Where scores stand, i32: query [n, 1], key [1, m], head [heads, 1, 1] and batch [batch, 1, 1, 1], as far as there are such axes. */
interface ScorePlaces {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly head: Tensor;
  readonly batch: Tensor;
}

/** What is kept of weights that are codes. */
interface Quantized {
  readonly format: string;
  /** Of a weight on the device, with its part of scales and mins. */
  readonly bits: number;
  readonly bytes: number;
  readonly planes: Readonly<Record<string, Tensor>>;
}

/**
 * An immutable n-dimensional array of numbers. Lazy: operations only note what is to be computed; \`await t.data()\`,
 * showing it, or \`realize(t)\` compute it. Shapes broadcast as in NumPy; dtypes meet as bool < u32 < i32 < f16 < f32.
 *
 * \`\`\`ts
 * const x = tensor([[1, 2], [3, 4]]);
 * const y = x.sub(x.mean(1, { keep: true })).exp();
 * \`\`\`
 */
declare class Tensor {
  private constructor();
  readonly dtype: TensorDType;
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** Number of axes. */
  readonly rank: number;
  /** Number of elements. */
  readonly size: number;
  /** Bytes of its buffer on the device, or of what is kept in its place. */
  readonly bytes: number;
  /**
   * What is kept of weights that are codes, as those of a GGUF file: its \`format\`, the \`bits\` of a weight, all its \`bytes\`, and its
   * \`planes\` by name (codes, scales). Undefined of all other tensors.
   */
  readonly quantized: Quantized | undefined;

  add(other: Tensor | number): Tensor;
  sub(other: Tensor | number): Tensor;
  mul(other: Tensor | number): Tensor;
  /** True division: integers give f32. */
  div(other: Tensor | number): Tensor;
  pow(other: Tensor | number): Tensor;
  /** The greater of the two, element by element; NaN where one of them is. */
  maximum(other: Tensor | number): Tensor;
  /** The smaller of the two, element by element. */
  minimum(other: Tensor | number): Tensor;

  /** A mask (bool tensor): where this equals \`other\`. */
  eq(other: Tensor | number): Tensor;
  ne(other: Tensor | number): Tensor;
  lt(other: Tensor | number): Tensor;
  le(other: Tensor | number): Tensor;
  gt(other: Tensor | number): Tensor;
  ge(other: Tensor | number): Tensor;
  /** Of masks. */
  and(other: Tensor): Tensor;
  or(other: Tensor): Tensor;
  not(): Tensor;
  /** This mask chooses: \`yes\` where it is true, else \`no\`. */
  where(yes: Tensor | number, no: Tensor | number): Tensor;

  neg(): Tensor;
  abs(): Tensor;
  exp(): Tensor;
  log(): Tensor;
  sqrt(): Tensor;
  rsqrt(): Tensor;
  sin(): Tensor;
  cos(): Tensor;
  tanh(): Tensor;
  floor(): Tensor;
  ceil(): Tensor;
  /** To the nearest integer, ties to even. */
  round(): Tensor;
  /** \`mask.cast("f32")\` gives 0 and 1; floats to integers truncate toward zero. */
  cast(dtype: TensorDType): Tensor;

  /** Over one axis, several, or all: \`x.sum()\`, \`x.sum(0)\`, \`x.sum([0, 1])\`, \`x.sum(-1, { keep: true })\`. */
  sum(axis?: number | readonly number[], options?: ReduceOptions): Tensor;
  prod(axis?: number | readonly number[], options?: ReduceOptions): Tensor;
  /** The greatest; NaN where one of them is. Equal ones share the gradient evenly. */
  max(axis?: number | readonly number[], options?: ReduceOptions): Tensor;
  /** The least; NaN where one of them is. Equal ones share the gradient evenly. */
  min(axis?: number | readonly number[], options?: ReduceOptions): Tensor;
  mean(axis?: number | readonly number[], options?: ReduceOptions): Tensor;
  /** i32 index of the first greatest element, or of the first NaN, along one axis or of the flattened tensor. */
  argmax(axis?: number, options?: ReduceOptions): Tensor;
  /** exp(x - max) / sum(exp(x - max)) along one axis, the last by default. */
  softmax(axis?: number): Tensor;

  /** Same elements in row-major order; one size may be -1: \`x.reshape(-1, 64)\`. */
  reshape(...shape: readonly (number | readonly number[])[]): Tensor;
  /** Axis n of the result is axis order[n] of this. */
  permute(...order: readonly (number | readonly number[])[]): Tensor;
  /** Swaps two axes, the last two by default. */
  transpose(first?: number, second?: number): Tensor;
  /** The last two axes swapped. */
  readonly T: Tensor;
  /** Elements start to end (not included) of one axis; negative numbers count from the end. */
  slice(axis: number, start: number, end?: number): Tensor;
  /** One element of the first axis: \`x.row(3)\`. */
  row(index: number): Tensor;

  /** this [..., m, k] times right [..., k, n], accumulated in f32; the axes before broadcast. Fault: shape/matmul. */
  matmul(right: Tensor, options?: MatmulOptions): Tensor;
  /** \`attention(this, keys, values, options)\`. */
  attention(keys: Tensor, values: Tensor, options?: AttentionOptions): Tensor;

  /** Computes it and copies its values out, row-major. */
  data(): Promise<Values>;
  /** Its values in nested lists. */
  array(): Promise<Nested>;
  /** Its only element. */
  item(): Promise<number>;
  /** Frees its buffer now. Done by itself when the cell that made it runs again. */
  dispose(): void;
  /** By \`dispose\`, or since its cell ran again. */
  readonly disposed: boolean;
}

/**
 * A tensor from numbers.
 *
 * \`\`\`ts
 * tensor([[1, 2], [3, 4]])
 * tensor(pixels, { shape: [28, 28], dtype: "f32" })
 * \`\`\`
 */
declare const tensor: {
  (source: TensorSource, options?: TensorOptions): Tensor;
  zeros(shape: Shape, dtype?: TensorDType): Tensor;
  ones(shape: Shape, dtype?: TensorDType): Tensor;
  full(shape: Shape, value: number | boolean, dtype?: TensorDType): Tensor;
  /** 0, 1, 2, ... in row-major order; i32 unless said otherwise. */
  iota(shape: Shape, dtype?: TensorDType): Tensor;
  /** The n x n identity. */
  eye(n: number, dtype?: TensorDType): Tensor;
} & TensorMakers;

/** a [..., m, k] times b [..., k, n], accumulated in f32; vectors and leading axes as in NumPy. */
declare function matmul(a: Tensor, b: Tensor, options?: MatmulOptions): Tensor;

/**
 * softmax(scale * q k^T) v for q [..., n, d], k [..., m, d], v [..., m, e] of rank 2, 3 or 4. The n x m matrix of
 * weights is never stored. k and v may have fewer heads (the axis before n) than q: each then serves as many of them.
 * A query that sees no key comes out as zeros. Faults: shape/attention, attention/score, attention/mask, attention/sinks.
 *
 * \`\`\`ts
 * attention(q, k, v, { causal: true })
 * attention(q, k, v, { mask: ({ query, key }) => query.sub(key).abs().le(64), score: (scores) => scores.div(30).tanh().mul(30) })
 * \`\`\`
 */
declare function attention(q: Tensor, k: Tensor, v: Tensor, options?: AttentionOptions): Tensor;

interface LinearAttentionOptions {
  /** Query i sees the keys up to i. */
  readonly causal?: boolean;
  /** What queries and keys become: \`"elu"\` (1 + elu(x), the default), \`"relu"\`, \`"none"\`, or a function of yours. */
  readonly feature?: "elu" | "relu" | "none" | ((x: Tensor) => Tensor);
  /** Divided by the sum of the scores (\`"sum"\`, the default), normed by their root mean square (\`"rms"\`), or left (\`"none"\`). */
  readonly normalize?: "sum" | "rms" | "none";
  /** What is kept of the state from token to token, above 0 and at most 1: a number, or one for each head. Causal only. */
  readonly decay?: number | readonly number[] | Tensor;
  /** What tokens before these left, as \`linearAttention.carry\` gives it. */
  readonly state?: Tensor;
  /** Tokens that meet by their scores; default 64. Changes the time, and nothing else. */
  readonly chunk?: number;
  /** Beside sums that are divided by. Default 1e-6. */
  readonly epsilon?: number;
}

/**
 * Attention with the scores f(q) · f(k) in the place of softmax: the sum over keys is taken before queries come, so the work grows with the tokens, not
 * with their square. q [..., n, d], k [..., n, d], v [..., n, e]. \`carry\` is causal, and gives the state for the tokens that follow, too.
 * Faults: shape/attention, attention/feature, attention/normalize, attention/decay, attention/state, attention/chunk.
 *
 * \`\`\`ts
 * linearAttention(q, k, v, { causal: true, decay: 0.9, normalize: "rms" })
 * const { output, state } = linearAttention.carry(q, k, v);
 * \`\`\`
 */
declare const linearAttention: {
  (q: Tensor, k: Tensor, v: Tensor, options?: LinearAttentionOptions): Tensor;
  carry(q: Tensor, k: Tensor, v: Tensor, options?: Omit<LinearAttentionOptions, "causal">): {
    readonly output: Tensor;
    readonly state: Tensor;
  };
};

/** \`yes\` where the mask is true, else \`no\`: \`where(x.gt(0), x, 0)\`. */
declare function where(condition: Tensor, yes: Tensor | number, no: Tensor | number): Tensor;

/** a / b rounded up: how many programs of b elements a grid needs. \`add.launch(cdiv(n, 128), x, y, out(n), n)\` */
declare function cdiv(a: number, b: number): number;

interface OutOptions {
  /** The value that it holds everywhere before the kernel runs; 0 without. */
  readonly fill?: number | boolean;
  /** It holds a copy of this tensor before the kernel runs; the tensor itself never changes. */
  readonly from?: Tensor;
}

/**
 * A place for a tensor that a kernel makes. Before the kernel runs it holds zeros, one value, or a copy of a tensor:
 * \`out(4)\`, \`out([2, 3], "i32", { fill: -1 })\`, \`out(x.shape, x.dtype, { from: x })\`.
 */
declare function out(shape: Shape, dtype?: TensorDType, start?: OutOptions): Out;
interface Out {
  readonly out: true;
  readonly type: { readonly dtype: TensorDType; readonly shape: readonly number[] };
}

type Launched<Values, Made extends readonly Tensor[] = []> = Values extends readonly [infer First, ...infer Rest]
  ? Launched<Rest, First extends Out ? [...Made, Tensor] : Made>
  : Made extends [Tensor]
    ? Tensor
    : Made;

/** A compiled kernel: \`const f = kernel((x: Ptr, y: Ptr, n: i32) => { ... })\`. */
interface Kernel {
  readonly name: string;
  /**
   * Runs it once for each program of the grid. One argument a parameter: tensors to read, numbers, and \`out(shape)\` for
   * each buffer it stores to; constants for \`Const\` parameters. Gives back the tensor it makes; a list of them when there are several.
   *
   * \`\`\`ts
   * const y = f.launch(Math.ceil(n / BLOCK), x, out(n), n);
   * const [o, l] = g.launch([blocks, heads], q, k, v, out([n, d]), out(n));
   * \`\`\`
   */
  launch<const Values extends readonly (Tensor | number | boolean | Out | string | readonly (number | string | boolean)[])[]>(
    grid: number | readonly number[],
    ...values: Values
  ): Launched<Values>;
}

/**
 * A kernel, from the arrow function written in its parentheses. Its body is the tile language; captured names become
 * constants, with the values they have at each launch.
 *
 * \`\`\`ts
 * const double = kernel((x: Ptr, y: Ptr, n: i32) => {
 *   const at = programId(0) * 256 + arange(256);
 *   store(y + at, load(x + at, at < n) * 2, at < n);
 * });
 * \`\`\`
 */
declare function kernel(body: (...parameters: never[]) => void): Kernel;

/** Computes these tensors now, in one run. */
declare function realize(...tensors: readonly (Tensor | readonly Tensor[])[]): Promise<void>;

/** The tensor's values computed by the f64 interpreter, from the same data. Slow; for checks. */
declare function reference(tensor: Tensor): Promise<Float64Array>;

/** Normalised squared error: sum of (a - b)^2 over sum of b^2. */
declare function nmse(measured: ArrayLike<number>, reference: ArrayLike<number>): number;

/** The device's values of \`tensor\` against the f64 interpreter's of \`expected\` (the same tensor by default). */
declare function compare(tensor: Tensor, expected?: Tensor): Promise<{ readonly nmse: number; readonly maxAbs: number }>;

/**
 * Computes what \`work\` returns, \`repeat\` times (5 by default) after one that is not counted, and measures.
 *
 * \`\`\`ts
 * const { milliseconds, peakBytes } = await time(() => attention(q, k, v));
 * \`\`\`
 */
declare function time(
  work: () => unknown,
  options?: { readonly repeat?: number },
): Promise<{
  /** Median, wall clock, until the device is done. */
  readonly milliseconds: number;
  readonly all: readonly number[];
  /** Most bytes of device buffers beyond what was there before: results and everything in between. */
  readonly peakBytes: number;
}>;
`;
