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

interface Tensor {
  /** Running sums along one axis, the last by default (ONNX CumSum). Floats are added in f32, in a fixed order: \`x.cumsum(0, { reverse: true })\`. */
  cumsum(axis?: number, options?: ScanOptions): Tensor;
  /** Running products along one axis, the last by default. */
  cumprod(axis?: number, options?: ScanOptions): Tensor;
  /** The greatest so far along one axis. Passes over NaN, as max does. */
  cummax(axis?: number, options?: { readonly reverse?: boolean }): Tensor;
  /** The least so far along one axis. Passes over NaN, as min does. */
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
  /** i32 [count]: how many elements are 0, 1, ..., count - 1; others are passed over. */
  bincount(count: number): Tensor;
}

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
/** The greatest of the values of each id; -Infinity (the least whole number) where there are none. */
declare function segmentMax(values: Tensor, ids: Tensor, count: number): Tensor;
/** The least of the values of each id; Infinity (the greatest whole number) where there are none. */
declare function segmentMin(values: Tensor, ids: Tensor, count: number): Tensor;
`;
