/** What cells can do with tensors beyond maps and folds: running values, order, segments. Beside `tensors.ts`. */
export const libraryDeclarations = `
interface ScanOptions {
  /** Begins at the end. */
  readonly reverse?: boolean;
  /** Element i is the fold of those before it, so the first is 0 (of products 1). */
  readonly exclusive?: boolean;
}
interface SortOptions {
  /** From the greatest to the least; NaN counts as the greatest. */
  readonly descending?: boolean;
}

interface ScatterOptions {
  /** What becomes of an element that is there and of those that go to its place; "set" by default. */
  readonly mode?: "set" | "add" | "mul" | "max" | "min";
}

interface Tensor {
  /** Running sums along one axis, the last by default (ONNX CumSum). Floats are added in f32, in a fixed order: \`x.cumsum(0, { reverse: true })\`. */
  cumsum(axis?: number, options?: ScanOptions): Tensor;
  /** Running products along one axis, the last by default. The gradient is exact at zeros, too. */
  cumprod(axis?: number, options?: ScanOptions): Tensor;
  /** The greatest so far along one axis. NaN from the first NaN on; equal ones share the gradient evenly. */
  cummax(axis?: number, options?: { readonly reverse?: boolean }): Tensor;
  /** The least so far along one axis. NaN from the first NaN on; equal ones share the gradient evenly. */
  cummin(axis?: number, options?: { readonly reverse?: boolean }): Tensor;

  /** In order along one axis, the last by default. Stable; NaN counts as the greatest. */
  sort(axis?: number, options?: SortOptions): Tensor;
  /** i32: the places of the elements in order, along one axis. Equal elements keep their order in both directions. */
  argsort(axis?: number, options?: SortOptions): Tensor;
  /** The k greatest along an axis (the last by default), from the greatest on, and their i32 places (ONNX TopK): \`const [values, places] = x.topk(3)\`. */
  topk(k: number, options?: { readonly axis?: number; readonly smallest?: boolean }): [values: Tensor, places: Tensor];
  /** The middle one in order, or the mean of the middle two. NaN counts as the greatest. */
  median(axis?: number, options?: ReduceOptions): Tensor;
  /** i32: where each value would go in this ascending vector: how many of its elements are less, with "right" less or equal (NumPy searchsorted). */
  searchSorted(values: Tensor, options?: { readonly side?: "left" | "right" }): Tensor;
  /**
   * This with updates at the places \`index\` (an i32 vector) of one axis, the first by default: NumPy's x[index] = updates. With
   * \`mode: "add"\` they are added to what is there, also where several meet (np.add.at); of "set" the last one stays. "mul", "max" and "min" fold
   * them with what is there; their gradient is exact at zeros of a product, and is shared evenly by equal extremes.
   * Negative places count from the end; those outside are passed over. No atomics: the same bits each time.
   */
  scatter(index: Tensor, updates: Tensor | number, options?: ScatterOptions & { readonly axis?: number }): Tensor;
  /** ONNX ScatterND: \`index\` [..., k] names elements of the first k axes, updates are [..., the other axes]. */
  scatterND(index: Tensor, updates: Tensor | number, options?: ScatterOptions): Tensor;
  /** NumPy put_along_axis, ONNX ScatterElements: element [i, j] of the updates goes to the place index[i, j] along the axis. */
  putAlongAxis(index: Tensor, updates: Tensor | number, axis: number, options?: ScatterOptions): Tensor;
  /** i32 [count]: how many elements are 0, 1, ..., count - 1; others are passed over. */
  bincount(count: number): Tensor;
}

/**
 * Running results of an associative function along an axis: x[0], x[0] ∘ x[1], x[0] ∘ x[1] ∘ x[2], ... Of a tensor, or of a tree of tensors that are
 * equally long there. The function is called about 2 log2 n times, on many elements at once; what it gives is of the form of its arguments.
 * Faults: scan/function, scan/size, scan/result. Source: Blelloch 1990.
 *
 * \`\`\`ts
 * // h[t] = a[t] h[t - 1] + b[t], for all t at once
 * const { b: h } = associativeScan((before, after) => ({ a: before.a.mul(after.a), b: before.b.mul(after.a).add(after.b) }), { a, b });
 * \`\`\`
 */
declare function associativeScan<Tree>(
  combine: (before: Tree, after: Tree) => Tree,
  values: Tree,
  options?: { readonly axis?: number; readonly reverse?: boolean },
): Tree;

/**
 * values [n, ...], ids i32 [n] -> [count, ...]: element c is the sum of the values whose id is c. Ids outside of 0 to
 * count - 1 are passed over. No atomics: the same device gives the same bits.
 *
 * \`\`\`ts
 * segmentSum(tensor([1, 2, 4]), tensor([0, 2, 0], { dtype: "i32" }), 3) // 5, 0, 2
 * \`\`\`
 */
declare function segmentSum(values: Tensor, ids: Tensor, count: number): Tensor;
/** Products of the values of each id; 1 where there are none. */
declare function segmentProd(values: Tensor, ids: Tensor, count: number): Tensor;
/** The greatest of the values of each id; -Infinity (the least whole number) where there are none. Equal ones share the gradient evenly. */
declare function segmentMax(values: Tensor, ids: Tensor, count: number): Tensor;
/** The least of the values of each id; Infinity (the greatest whole number) where there are none. Equal ones share the gradient evenly. */
declare function segmentMin(values: Tensor, ids: Tensor, count: number): Tensor;

/** Where random numbers come from. The same key gives the same numbers; new ones come from a key split off. */
interface RandomKey {
  readonly words: readonly [number, number];
}
interface DrawOptions {
  /** Draws on the device (Philox4x32-10). The same key gives the same numbers on every machine. */
  readonly key?: RandomKey;
  readonly seed?: number;
}

/**
 * Random numbers. The same seed or key gives the same numbers on every machine; without one, a cell gives the same in each of its runs.
 *
 * \`\`\`ts
 * const [weights, noise] = random.split(random.key(7));
 * const w = random.normal([64, 64], { key: weights });
 * \`\`\`
 */
declare const random: {
  /** The key of a whole number. */
  key(seed: number): RandomKey;
  /** So many keys (2 by default) that have nothing to do with each other, nor with what \`key\` itself gives. */
  split(key: RandomKey, count?: number): readonly RandomKey[];
  /** f32 in [low, high), by default [0, 1). */
  uniform(shape: Shape, options?: DrawOptions & { readonly low?: number; readonly high?: number }): Tensor;
  /** f32, normally distributed; mean 0 and deviation 1 by default. */
  normal(shape: Shape, options?: DrawOptions & { readonly mean?: number; readonly deviation?: number }): Tensor;
  /** u32 words, all equally likely. */
  bits(shape: Shape, options?: DrawOptions): Tensor;
  /** f32: -log(-log(u)). The greatest of x + gumbel is at i with probability softmax(x)[i]. */
  gumbel(shape: Shape, options?: DrawOptions): Tensor;
  /** bool: true with the probability \`chance\` (0.5 by default), a number or one for each element. */
  bernoulli(shape: Shape, options?: DrawOptions & { readonly chance?: Tensor | number }): Tensor;
  /** i32: an index along an axis (the last by default), drawn by the weights softmax(logits). */
  categorical(logits: Tensor, options?: DrawOptions & { readonly axis?: number }): Tensor;
  /** The numbers 0 to n - 1 in random order: by a key as an i32 tensor, without one as a list. */
  permutation(n: number, options: { readonly key: RandomKey }): Tensor;
  permutation(n: number, options?: { readonly seed?: number }): readonly number[];
};
`;
