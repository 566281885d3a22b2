/** Indexing, shapes and joining, as the editor sees them. */
export const shapeDeclarations: string = `
/** One axis of \`x.at(...)\`: a number, a range "1:5" or "::-1", null for a new axis, "..." for all between, or elements by number. */
type IndexEntry = string | null | Tensor | Places | readonly boolean[];

/** Numbers of elements, in nested lists as wanted. */
type Places = number | readonly Places[];

/** Elements before and after: one number for both. */
type PadWidth = number | readonly [before: number, after: number];

interface PadOptions {
  /** Default: "constant", which is \`value\`. "reflect" leaves out the edge itself, "wrap" goes on at the other end. */
  readonly mode?: "constant" | "edge" | "reflect" | "wrap";
  /** Default: 0. */
  readonly value?: number;
}

interface Tensor {
  /**
   * Indexing as in NumPy, one entry an axis: \`x.at(0)\`, \`x.at("1:5", -1)\`, \`x.at("...", "::-1")\`, \`x.at(null, [2, 0])\`.
   * Numbers drop their axis. Lists and tensors of integers pick elements; several broadcast and go together.
   */
  at(...entries: readonly IndexEntry[]): Tensor;
  /** Without its axes of size 1, or those that are named. */
  squeeze(axis?: number | readonly number[]): Tensor;
  /** With axes of size 1 at these places of the result. */
  expandDims(axis: number | readonly number[]): Tensor;
  /** Axes of size 1 and missing ones repeat up to this shape. */
  broadcastTo(...shape: readonly (number | readonly number[])[]): Tensor;
  /** Axes go to other places; the others keep their order: \`x.moveAxis(-1, 0)\`. */
  moveAxis(from: number | readonly number[], to: number | readonly number[]): Tensor;
  /** The whole tensor again and again: \`x.tile([2, 3])\`. */
  tile(repeats: number | readonly number[]): Tensor;
  /** Each element so many times along an axis; without one, of the flattened tensor. */
  repeat(count: number, axis?: number): Tensor;
  /** Backwards along these axes, all by default. */
  flip(axis?: number | readonly number[]): Tensor;
  /** Moved along an axis; what falls off one end comes in at the other. */
  roll(shift: number, axis?: number): Tensor;
  /** More elements at the ends: \`x.pad(1)\`, \`x.pad([0, [1, 2]], { mode: "edge" })\`. */
  pad(widths: number | readonly PadWidth[], options?: PadOptions): Tensor;
  /** In so many equal parts, or parts of these sizes: \`const [q, k, v] = x.split(3, -1)\`. */
  split(parts: number | readonly number[], axis?: number): Tensor[];
  /** 0 above the diagonal (\`offset\` counts diagonals upwards). */
  tril(offset?: number): Tensor;
  /** 0 below the diagonal. */
  triu(offset?: number): Tensor;
  /** The diagonals of matrices [..., n, m]. */
  diagonal(offset?: number): Tensor;
  /** A matrix with this vector on its diagonal. */
  diag(offset?: number): Tensor;
  /** A new last axis with 1 at the place that the integer names: \`labels.oneHot(10)\`. */
  oneHot(classes: number, dtype?: TensorDType): Tensor;
  /** Elements of an axis by number, the first axis by default: \`labels.take([4, 0, -1])\`. Numbers below 0 count from the end. */
  take(index: Tensor | Places, axis?: number): Tensor;
  /** Along one axis (the last by default), an element for each number: \`x.takeAlongAxis(x.argsort())\`. */
  takeAlongAxis(index: Tensor, axis?: number): Tensor;
  /** The last axis of \`index\` names places on the first axes of this, as ONNX GatherND. */
  gatherND(index: Tensor): Tensor;
}

/**
 * Einstein's summation: products of all operands, summed over the letters that the result lacks. "..." stands for all axes between.
 *
 * \`\`\`ts
 * einsum("bhqd,bhkd->bhqk", q, k)
 * einsum("ii->", matrix)
 * \`\`\`
 */
declare function einsum(text: string, ...operands: readonly Tensor[]): Tensor;

interface TensorMakers {
  /** start, start + step, ... before the end: \`tensor.arange(5)\`, \`tensor.arange(1, 2, 0.1)\`. i32 where all are whole. */
  arange(end: number): Tensor;
  /** start, start + step, ... before the end; a step may be negative. i32 where all are whole, else f32. Fault: tensor/range. */
  arange(start: number, end: number, step?: number, dtype?: TensorDType): Tensor;
  /** \`count\` numbers (50 by default) from start to end, both included; f32. */
  linspace(start: number, end: number, count?: number): Tensor;
  /** Side by side along an axis, the first by default. dtypes meet. */
  concat(parts: readonly Tensor[], axis?: number): Tensor;
  /** On a new axis, the first by default. */
  stack(parts: readonly Tensor[], axis?: number): Tensor;
  /** The coordinates of a grid: \`const [x, y] = tensor.meshgrid([across, down])\`; "ij" for rows before columns. */
  meshgrid(vectors: readonly Tensor[], options?: { readonly indexing?: "xy" | "ij" }): Tensor[];
}
`;
