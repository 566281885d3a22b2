import { Fault, hashText, type Random, seeded } from "@tilebook/base";
import { type BufferDType, bufferDTypes, type DType, dtypeInfo, isPacked, valueDType } from "@tilebook/ir";
import { toBytes } from "./bytes.ts";
import { castTo } from "./elementwise.ts";
import { Expr } from "./expr.ts";
import { cast, fill, iota } from "./nodes.ts";
import { sayKind } from "./output/say.ts";
import { checkOptions } from "./options.ts";
import { checkShape, sayShape, type Shape, sizeOf } from "./shape.ts";

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/** What `tensor` accepts: numbers or booleans in nested lists, or a typed array. */
export type TensorSource = number | boolean | TypedArray | readonly TensorSource[];

export interface TensorOptions {
  /** Default: the nesting, or one axis for a typed array. */
  readonly shape?: readonly number[];
  /** Default: f32 for numbers and float arrays, bool for booleans, i32 or u32 for integer arrays. */
  readonly dtype?: BufferDType;
}

export function fromSource(source: unknown, options: TensorOptions = {}): Expr {
  checkOptions("tensor", options, ["shape", "dtype"]);
  const { values, shape, dtype } = isTypedArray(source) ? fromTyped(source) : fromNested(source);
  const wanted = options.dtype ?? dtype;
  checkDtype(wanted);
  const finalShape = options.shape === undefined ? checkShape(shape) : checkShape(options.shape);
  if (sizeOf(finalShape) !== values.length) {
    throw new Fault(
      "shape/data",
      `${values.length} values do not fill the shape ${sayShape(finalShape)}, which has ${sizeOf(finalShape)}`,
      { hint: "give a shape with as many elements as there are values" },
    );
  }
  return Expr.data(toBytes(values, wanted), { dtype: wanted, shape: finalShape });
}

interface Flat {
  readonly values: ArrayLike<number>;
  readonly shape: Shape;
  readonly dtype: DType;
}

const typedArrays = [
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Uint8Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
];

function isTypedArray(value: unknown): value is TypedArray {
  return typedArrays.some((kind) => value instanceof kind);
}

function fromTyped(values: TypedArray): Flat {
  const float = values instanceof Float32Array || values instanceof Float64Array;
  const dtype = float ? "f32" : values instanceof Uint32Array ? "u32" : "i32";
  return { values, shape: [values.length], dtype };
}

/** Numbers or booleans in even nested lists, or one. Fault `tensor/values`. */
export function fromNested(source: unknown): Flat {
  const shape: number[] = [];
  for (let level = source; Array.isArray(level); level = level[0] as unknown) shape.push(level.length);
  const values: number[] = [];
  let booleans = 0;
  const walk = (value: unknown, depth: number): void => {
    if (Array.isArray(value) && value.length === shape[depth]) {
      for (const item of value) walk(item, depth + 1);
    } else if (depth === shape.length && (typeof value === "number" || typeof value === "boolean")) {
      if (typeof value === "boolean") booleans += 1;
      values.push(Number(value));
    } else throw ragged(value, depth, shape);
  };
  walk(source, 0);
  return { values, shape, dtype: booleans === values.length && booleans > 0 ? "bool" : "f32" };
}

function ragged(value: unknown, depth: number, shape: Shape): Fault {
  const seen = Array.isArray(value) ? `a list of ${value.length}` : sayKind(value);
  const wanted = depth < shape.length ? `a list of ${shape[depth]}` : "a number";
  return new Fault("tensor/values", `numbers in even nested lists are needed; here stands ${seen}`, {
    hint: `at depth ${depth} it expects ${wanted}, as in the first entry`,
  });
}

export function checkDtype<D extends BufferDType>(dtype: D): D {
  if (bufferDTypes.includes(dtype)) return dtype;
  throw new Fault("tensor/dtype", `there is no dtype ${JSON.stringify(dtype)}`, { hint: dtypeHint(dtype) });
}

/** What other libraries call ours, or the nearest that there is. */
const otherDtypes: Readonly<Record<string, BufferDType | undefined>> = {
  float: "f32",
  float32: "f32",
  float64: "f32",
  double: "f32",
  f64: "f32",
  number: "f32",
  float16: "f16",
  half: "f16",
  bfloat16: "f16",
  bf16: "f16",
  int: "i32",
  int32: "i32",
  int64: "i32",
  long: "i32",
  i64: "i32",
  uint32: "u32",
  uint: "u32",
  u64: "u32",
  int8: "i8",
  uint8: "u8",
  boolean: "bool",
};

function dtypeHint(given: unknown): string {
  if (typeof given === "number") return "sizes go into one list: tensor.zeros([2, 3])";
  if (typeof given === "object") return 'the dtype is an argument of its own: tensor.zeros([2, 3], "i32")';
  const meant = typeof given === "string" ? otherDtypes[given.toLowerCase()] : undefined;
  if (meant !== undefined)
    return `did you mean "${meant}"? 64-bit numbers exist in the reference interpreter only`;
  return `the dtypes are ${bufferDTypes.join(", ")}; f64 exists in the reference interpreter only`;
}

/** All `value`: a number, or a boolean, which makes a mask unless said otherwise. Faults `tensor/dtype`, `tensor/values`. */
export function filled(given: number | boolean, shape: unknown, wanted?: BufferDType): Expr {
  const dtype = checkDtype(wanted ?? (typeof given === "boolean" ? "bool" : "f32"));
  const value = Number(given);
  if ((typeof given !== "number" && typeof given !== "boolean") || !holds(dtype, value))
    throw new Fault("tensor/values", `${String(given)} is no value of ${dtype}`, {
      hint: "tensor.full(shape, value, dtype) takes a number that the dtype has",
    });
  return isPacked(dtype)
    ? cast(fill(value, checkShape(shape), "i32"), dtype)
    : fill(value, checkShape(shape), dtype);
}

/** Packed numbers keep their low bits, as by a cast. */
function holds(dtype: BufferDType, value: number): boolean {
  const { kind, round } = dtypeInfo[valueDType(dtype)];
  return kind === "float" || round(value) === value;
}

/** 0, 1, 2, ... in row-major order. */
export function counted(shape: unknown, dtype: BufferDType = "i32"): Expr {
  return cast(iota(checkShape(shape), "i32"), checkDtype(dtype));
}

export function identity(n: number, dtype: BufferDType = "f32"): Expr {
  const shape = checkShape([n, n]);
  const values = new Uint8Array(sizeOf(shape));
  for (let at = 0; at < n; at++) values[at * n + at] = 1;
  return castTo(Expr.data(toBytes(values, "f32"), { dtype: "f32", shape }), dtype);
}

/** A generator for a seed; the same numbers on every machine. */
export function generator(seed: number | string): Random {
  if (typeof seed === "number" && !Number.isSafeInteger(seed))
    throw new Fault("random/seed", `a seed is a whole number, not ${seed}`, { hint: "{ seed: 7 }" });
  return seeded(typeof seed === "number" ? seed : Number.parseInt(hashText(seed).slice(-8), 16));
}

export function uniform(shape: unknown, next: Random, low: number, high: number): Expr {
  return drawn(shape, () => low + (high - low) * next());
}

/** Box-Muller: two uniform numbers make one normal one. */
export function normal(shape: unknown, next: Random, mean: number, deviation: number): Expr {
  return drawn(shape, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - next()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * next());
  });
}

/** The numbers 0 to n - 1 in random order (Fisher-Yates). */
export function permutation(n: number, next: Random): readonly number[] {
  const order = Array.from({ length: n }, (_, at) => at);
  for (let at = n - 1; at > 0; at--) {
    const other = Math.floor(next() * (at + 1));
    [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
  }
  return order;
}

function drawn(shape: unknown, draw: () => number): Expr {
  const sizes = checkShape(shape);
  const values = Float32Array.from({ length: sizeOf(sizes) }, draw);
  return Expr.data(toBytes(values, "f32"), { dtype: "f32", shape: sizes });
}
