import { Fault } from "@tilebook/base";
import type { BufferDType, TensorType } from "@tilebook/ir";
import { bytesFor, fromBytes, type Values } from "./bytes.ts";
import { attention } from "./contract/attention.ts";
import { type AttentionCall, attentionOptions } from "./contract/attention-options.ts";
import { matmul, type MatmulOptions } from "./contract/matmul.ts";
import { filled } from "./create.ts";
import * as elementwise from "./elementwise.ts";
import { Expr } from "./expr.ts";
import type { KernelCache } from "./kernel/cache.ts";
import { cast, fill } from "./nodes.ts";
import { median, top, type TopOptions } from "./library/order.ts";
import { scanAlong, type ScanOptions } from "./library/scan.ts";
import { putAlongAxis, scatter, scatterND, type ScatterOptions } from "./library/scatter.ts";
import { searchSorted, type SearchOptions } from "./library/search.ts";
import { bincount } from "./library/segment.ts";
import { sortAlong, type Sorted, type SortOptions } from "./library/sort.ts";
import type { Methods } from "./methods/methods.ts";
import { Placed } from "./methods/placed.ts";
import { sayKind } from "./output/say.ts";
import { Quantized } from "./quant/quantized.ts";
import * as reduce from "./reduce.ts";
import { type Shape, sizeOf } from "./shape.ts";
import * as views from "./views.ts";
import { awaited } from "./waiting.ts";
import type { Claim, Workspace } from "./workspace.ts";

/** What stands beside a tensor in an operation. */
export type Operand = Tensor | number;

/** Numbers in nested lists, as deep as the tensor's rank. */
export type Nested = number | readonly Nested[];

type Axes = reduce.Axes;
type ReduceOptions = reduce.ReduceOptions;

/**
 * An immutable n-dimensional array of numbers. Lazy: operations only note what is to be computed; `data()`, `array()`,
 * `item()`, showing it, or `realize` compute it. Bools are kept and given back as 0 and 1.
 */
export class Tensor extends Placed {
  readonly #workspace: Workspace;
  readonly #claim: Claim;

  /** Made by the functions of `createTensors`, never by users. */
  constructor(workspace: Workspace, expr: Expr) {
    super();
    if (!(expr instanceof Expr)) {
      throw new Fault("tensor/maker", "tensors are made by tensor(...), not by their class", {
        hint: "write tensor([1, 2, 3]), tensor.zeros([2, 3]), random.normal([2, 3])",
      });
    }
    this.#workspace = workspace;
    this.#claim = workspace.claim(expr, this);
  }

  /** For the rest of this package: what is built gets the place in the cell that is calling. */
  static make(workspace: Workspace, build: () => Expr): Tensor {
    return new Tensor(workspace, workspace.build(build));
  }

  /** For the rest of this package. Fails when the tensor was disposed. */
  static expr(tensor: unknown): Expr {
    if (!(tensor instanceof Tensor)) throw noTensor(tensor);
    if (tensor.#claim.released) {
      throw new Fault(
        "tensor/disposed",
        "this tensor is gone: the cell that made it ran again, or it was disposed",
        {
          span: tensor.#workspace.host.here(),
          hint: "run the cell that uses it again",
        },
      );
    }
    return tensor.#claim.expr;
  }

  /** For the rest of this package: as many zeros, of the same dtype. */
  static zerosLike(tensor: Tensor): Tensor {
    return tensor.#make(({ type }) => filled(0, type.shape, type.dtype));
  }

  get type(): TensorType {
    return this.#claim.expr.type;
  }

  get dtype(): BufferDType {
    return this.type.dtype;
  }

  get shape(): Shape {
    return this.type.shape;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Bytes of its buffer on the device, or of what is kept in its place. */
  get bytes(): number {
    return this.quantized?.bytes ?? bytesFor(this.size, this.dtype);
  }

  /** What is kept of weights that are codes; of a view, the planes that it looks at, and its share of their bytes. */
  get quantized(): Quantized | undefined {
    const { kept } = this.#claim.expr;
    return kept && new Quantized(kept, this.size, (plane) => new Tensor(this.#workspace, plane));
  }

  /** Where in a cell it was made. */
  get span(): Expr["span"] {
    return this.#claim.expr.span;
  }

  /** By `dispose`, or since its cell ran again: it cannot be used any more. */
  get disposed(): boolean {
    return this.#claim.released;
  }

  /** The executor's name for its buffer, once computed. */
  get handle(): string | undefined {
    return this.#claim.released ? undefined : this.#claim.expr.handle;
  }

  #make(make: (self: Expr, kernels: KernelCache) => Expr): Tensor {
    const self = Tensor.expr(this);
    const workspace = this.#workspace;
    return Tensor.make(workspace, () => make(self, workspace.kernels));
  }

  /** A number as a tensor of no axes, in this one's dtype. */
  #numbers(side: Operand): Expr {
    if (typeof side !== "number") return Tensor.expr(side);
    return cast(fill(side, [], "f32"), this.dtype);
  }

  protected override make(build: (self: Expr) => Expr): this {
    return this.#make(build) as this;
  }

  protected override makeAll(build: (self: Expr) => readonly Expr[]): this[] {
    const self = Tensor.expr(this);
    const made = this.#workspace.buildAll(() => build(self));
    return made.map((expr) => new Tensor(this.#workspace, expr) as this);
  }

  protected override side(other: Methods | number): elementwise.Operand {
    return typeof other === "number" ? other : Tensor.expr(other);
  }

  protected override exprOf(other: Methods): Expr {
    return Tensor.expr(other);
  }

  #with(other: Operand, make: (self: Expr, other: elementwise.Operand) => Expr): Tensor {
    return this.#make((self) => make(self, operand(other)));
  }

  add(other: Operand): Tensor {
    return this.#with(other, (a, b) => elementwise.arithmetic("add", a, b));
  }
  sub(other: Operand): Tensor {
    return this.#with(other, (a, b) => elementwise.arithmetic("sub", a, b));
  }
  mul(other: Operand): Tensor {
    return this.#with(other, (a, b) => elementwise.arithmetic("mul", a, b));
  }
  /** True division: integers give f32. */
  div(other: Operand): Tensor {
    return this.#with(other, (a, b) => elementwise.floating("div", a, b));
  }
  pow(other: Operand): Tensor {
    return this.#with(other, (a, b) => elementwise.floating("pow", a, b));
  }
  maximum(other: Operand): Tensor {
    return this.#with(other, (a, b) => elementwise.arithmetic("max", a, b));
  }
  minimum(other: Operand): Tensor {
    return this.#with(other, (a, b) => elementwise.arithmetic("min", a, b));
  }

  eq(other: Operand): Tensor {
    return this.#with(other, (a, b) => elementwise.compare("eq", a, b));
  }
  ne(other: Operand): Tensor {
    return this.#with(other, (a, b) => elementwise.compare("ne", a, b));
  }
  lt(other: Operand): Tensor {
    return this.#with(other, (a, b) => elementwise.compare("lt", a, b));
  }
  le(other: Operand): Tensor {
    return this.#with(other, (a, b) => elementwise.compare("le", a, b));
  }
  gt(other: Operand): Tensor {
    return this.#with(other, (a, b) => elementwise.compare("gt", a, b));
  }
  ge(other: Operand): Tensor {
    return this.#with(other, (a, b) => elementwise.compare("ge", a, b));
  }
  and(other: Tensor): Tensor {
    return this.#make((self) => elementwise.logic("and", self, Tensor.expr(other)));
  }
  or(other: Tensor): Tensor {
    return this.#make((self) => elementwise.logic("or", self, Tensor.expr(other)));
  }
  not(): Tensor {
    return this.#make(elementwise.not);
  }

  neg(): Tensor {
    return this.#make((self) => elementwise.signedUnary("neg", self));
  }
  abs(): Tensor {
    return this.#make((self) => elementwise.signedUnary("abs", self));
  }
  exp(): Tensor {
    return this.#make((self) => elementwise.floatUnary("exp", self));
  }
  log(): Tensor {
    return this.#make((self) => elementwise.floatUnary("log", self));
  }
  sqrt(): Tensor {
    return this.#make((self) => elementwise.floatUnary("sqrt", self));
  }
  rsqrt(): Tensor {
    return this.#make((self) => elementwise.floatUnary("rsqrt", self));
  }
  sin(): Tensor {
    return this.#make((self) => elementwise.floatUnary("sin", self));
  }
  cos(): Tensor {
    return this.#make((self) => elementwise.floatUnary("cos", self));
  }
  tanh(): Tensor {
    return this.#make((self) => elementwise.floatUnary("tanh", self));
  }
  floor(): Tensor {
    return this.#make((self) => elementwise.roundUnary("floor", self));
  }
  ceil(): Tensor {
    return this.#make((self) => elementwise.roundUnary("ceil", self));
  }
  round(): Tensor {
    return this.#make((self) => elementwise.roundUnary("round", self));
  }
  cast(dtype: BufferDType): Tensor {
    return this.#make((self) => elementwise.castTo(self, dtype));
  }

  sum(axis?: Axes, options?: ReduceOptions): Tensor {
    return this.#make((self) => reduce.fold("sum", self, axis, options));
  }
  prod(axis?: Axes, options?: ReduceOptions): Tensor {
    return this.#make((self) => reduce.fold("prod", self, axis, options));
  }
  max(axis?: Axes, options?: ReduceOptions): Tensor {
    return this.#make((self) => reduce.fold("max", self, axis, options));
  }
  min(axis?: Axes, options?: ReduceOptions): Tensor {
    return this.#make((self) => reduce.fold("min", self, axis, options));
  }
  mean(axis?: Axes, options?: ReduceOptions): Tensor {
    return this.#make((self) => reduce.mean(self, axis, options));
  }
  /** i32 index of the first greatest element, along one axis or of the flattened tensor. */
  argmax(axis?: number, options?: ReduceOptions): Tensor {
    return this.#make((self) => reduce.fold("argmax", self, axis, options));
  }
  softmax(axis = -1): Tensor {
    return this.#make((self) => reduce.softmax(self, axis));
  }

  /** Running sums along one axis, the last by default. */
  cumsum(axis = -1, options?: ScanOptions): Tensor {
    return this.#make((self, kernels) => scanAlong(kernels, self, { op: "cumsum", axis, ...options }));
  }
  cumprod(axis = -1, options?: ScanOptions): Tensor {
    return this.#make((self, kernels) => scanAlong(kernels, self, { op: "cumprod", axis, ...options }));
  }
  /** The greatest so far; NaN from the first NaN on. */
  cummax(axis = -1, options?: Pick<ScanOptions, "reverse">): Tensor {
    return this.#make((self, kernels) => scanAlong(kernels, self, { op: "cummax", axis, ...options }));
  }
  cummin(axis = -1, options?: Pick<ScanOptions, "reverse">): Tensor {
    return this.#make((self, kernels) => scanAlong(kernels, self, { op: "cummin", axis, ...options }));
  }

  /** In order along one axis, the last by default. Stable; NaN counts as the greatest. */
  sort(axis = -1, options?: SortOptions): Tensor {
    return this.#make((self, kernels) => sortAlong(kernels, self, axis, options).values);
  }
  /** i32: where the elements in order stand. */
  argsort(axis = -1, options?: SortOptions): Tensor {
    return this.#make((self, kernels) => sortAlong(kernels, self, axis, options).places);
  }
  /** The k greatest along an axis and their places. */
  topk(k: number, options?: TopOptions): [values: Tensor, places: Tensor] {
    let found: Sorted | undefined;
    const values = this.#make((self, kernels) => (found = top(kernels, self, k, options)).values);
    return [values, values.#make(() => found?.places ?? Tensor.expr(values))];
  }
  median(axis = -1, options: ReduceOptions = {}): Tensor {
    const middle = this.#make((self, kernels) => median(kernels, self, axis, options));
    return options.keep ? middle : middle.reshape(this.shape.toSpliced(axis, 1));
  }
  /** Where each value would go in this ascending vector. */
  searchSorted(values: Tensor, options?: SearchOptions): Tensor {
    return this.#make((self, kernels) => searchSorted(kernels, self, Tensor.expr(values), options));
  }
  /** This with updates at some places of one axis: x[index] = updates. */
  scatter(index: Tensor, updates: Operand, options?: ScatterOptions & { readonly axis?: number }): Tensor {
    const how = { index: Tensor.expr(index), updates: this.#numbers(updates), ...options };
    return this.#make((self, kernels) => scatter(kernels, self, how));
  }
  /** ONNX ScatterND. */
  scatterND(index: Tensor, updates: Operand, options?: ScatterOptions): Tensor {
    const how = { index: Tensor.expr(index), updates: this.#numbers(updates), ...options };
    return this.#make((self, kernels) => scatterND(kernels, self, how));
  }
  /** NumPy put_along_axis, ONNX ScatterElements. */
  putAlongAxis(index: Tensor, updates: Operand, axis: number, options?: ScatterOptions): Tensor {
    const how = { index: Tensor.expr(index), updates: this.#numbers(updates), axis, ...options };
    return this.#make((self, kernels) => putAlongAxis(kernels, self, how));
  }

  /** How many elements are 0, 1, ..., count - 1. */
  bincount(count: number): Tensor {
    return this.#make((self, kernels) => bincount(kernels, self, count));
  }

  /** Same elements in row-major order; one size may be -1. */
  reshape(...shape: readonly (number | readonly number[])[]): Tensor {
    return this.#make((self) => views.reshapeTo(self, shape.flat()));
  }
  /** Axis n of the result is axis order[n] of this. */
  permute(...order: readonly (number | readonly number[])[]): Tensor {
    return this.#make((self) => views.permuteBy(self, order.flat()));
  }
  /** Swaps two axes, the last two by default. */
  transpose(first?: number, second?: number): Tensor {
    return this.#make((self) => views.transpose(self, first, second));
  }
  /** The last two axes swapped. */
  get T(): Tensor {
    return this.transpose();
  }
  /** Elements start to end (not included) of one axis. */
  slice(axis: number, start: number, end?: number): Tensor {
    return this.#make((self) => views.sliceAxis(self, axis, start, end));
  }
  /** One element of the first axis. */
  row(index: number): Tensor {
    return this.#make((self) => views.row(self, index));
  }
  matmul(right: Tensor, options?: MatmulOptions): Tensor {
    return this.#make((self) => matmul(self, Tensor.expr(right), options));
  }
  /** This tensor as the queries. */
  attention(keys: Tensor, values: Tensor, options?: AttentionCall<Tensor>): Tensor {
    const workspace = this.#workspace;
    const tensorOf = (expr: Expr): Tensor => Tensor.make(workspace, () => expr);
    return this.#make((q) => {
      const changes = attentionOptions(options, { tensorOf, exprOf: (given) => Tensor.expr(given) });
      return attention({ q, k: Tensor.expr(keys), v: Tensor.expr(values) }, changes);
    });
  }

  /** Where this mask is true `yes`, else `no`. */
  where(yes: Operand, no: Operand): Tensor {
    return this.#make((self) => elementwise.choose(self, operand(yes), operand(no)));
  }

  /** Computes it and copies its values out, row-major. */
  data(): Promise<Values> {
    return awaited(this.#data(), "x.data()");
  }

  async #data(): Promise<Values> {
    const expr = Tensor.expr(this);
    if (expr.bytes !== undefined) return fromBytes(expr.bytes, this.dtype, this.size);
    await this.#workspace.realize([expr]);
    const bytes = await this.#workspace.host.read(this.#computed());
    return fromBytes(bytes, this.dtype, this.size);
  }

  #computed(): string {
    const { handle } = Tensor.expr(this);
    if (handle === undefined)
      throw new Fault("tensor/run", "the tensor was not computed", { span: this.span });
    return handle;
  }

  /** Its values in nested arrays. */
  array(): Promise<Nested> {
    return awaited(
      this.#data().then((values) => nest(Array.from(values), this.shape)),
      "x.array()",
    );
  }

  /** Its only element. */
  item(): Promise<number> {
    return awaited(this.#item(), "x.item()");
  }

  async #item(): Promise<number> {
    if (this.size !== 1) {
      throw new Fault("shape/item", `item() needs one element; this tensor has ${this.size}`, {
        span: this.#workspace.host.here(),
        hint: "use data() or array(), or fold it first: x.sum().item()",
      });
    }
    return (await this.#data())[0] ?? NaN;
  }

  /** Frees its buffer, unless another tensor still needs it. Done by itself when the cell that made it runs again. */
  dispose(): void {
    this.#workspace.release(this.#claim);
  }
}

/** For the rest of this package. */
export function operand(side: Operand): elementwise.Operand {
  return typeof side === "number" ? side : Tensor.expr(side);
}

function noTensor(value: unknown): Fault {
  const hint = Array.isArray(value)
    ? 'make it a tensor first: tensor([...]), of whole numbers tensor([...], { dtype: "i32" })'
    : typeof value === "number"
      ? `make it a tensor first: tensor(${value})`
      : operandHint(value);
  return new Fault("tensor/operand", `this needs a tensor, not ${sayKind(value)}`, { hint });
}

function operandHint(value: unknown): string | undefined {
  if (value instanceof Promise) return "await it first";
  return value === undefined
    ? "something was left out, is not set yet, or a record has no part of that name"
    : undefined;
}

function nest(values: readonly number[], shape: Shape): Nested {
  const [rows, ...rest] = shape;
  if (rows === undefined) return values[0] ?? NaN;
  if (rest.length === 0) return values;
  const width = sizeOf(rest);
  return Array.from({ length: rows }, (_, row) => nest(values.slice(row * width, (row + 1) * width), rest));
}
