import { aNumber, anArray, anInteger, anObject, aString, type Decoder, Fault, oneOf } from "@tilebook/base";
import { type BufferDType, bufferDTypes, type DType, dtypes } from "../dtype.ts";
import type { TensorType } from "../graph.ts";
import { maxRank } from "../infer.ts";
import {
  type AtomicName,
  atomicNames,
  binaryMeaning,
  type BinaryName,
  type ReduceName,
  reduceNames,
  unaryMeaning,
  type UnaryName,
} from "../ops.ts";
import { printNumber, readNumber } from "../text/lines.ts";
import type { TileType } from "../tile.ts";

/*
 * JSON of both IRs is the IR itself, field by field, but for numbers JSON cannot hold: infinities, NaN and -0 are the
 * strings "inf", "-inf", "nan", "-0", where a number may be one of them (constants, fills, scales, scalar arguments).
 */

/** A decoder that names every field of T, so that a field added to the IR is missed by the type checker, not by us. */
export function aRecord<T extends object>(fields: { readonly [K in keyof T]-?: Decoder<T[K]> }): Decoder<T> {
  return anObject(fields as Record<string, Decoder<unknown>>) as unknown as Decoder<T>;
}

/** A literal field, such as `kind`. */
export function literal<const T extends string>(value: T): Decoder<T> {
  return oneOf(value);
}

/** Any double, also those that JSON cannot hold. */
export const aDouble: Decoder<number> = (value, path) => {
  if (typeof value !== "string") return aNumber(value, path);
  const number = readNumber(value);
  if (number === undefined || value !== printNumber(number) || JSON.stringify(number) === value)
    throw new Fault("decode/type", `${path} must be a number, or inf, -inf, nan or -0 as a string`);
  return number;
};

export const aDType: Decoder<DType> = oneOf(...dtypes);
export const aBufferDType: Decoder<BufferDType> = oneOf(...bufferDTypes);
export const aName: Decoder<string> = aString(64);
/** A value id or a node id. */
export const anId: Decoder<number> = anInteger(0, 2 ** 31);
export const anAxis: Decoder<number> = anInteger(0, maxRank - 1);
export const axes: Decoder<number[]> = anArray(anAxis, maxRank);
export const aUnary: Decoder<UnaryName> = oneOf(...(Object.keys(unaryMeaning) as UnaryName[]));
export const aBinary: Decoder<BinaryName> = oneOf(...(Object.keys(binaryMeaning) as BinaryName[]));
export const anAtomic: Decoder<AtomicName> = oneOf(...atomicNames);
export const aReduce: Decoder<ReduceName> = oneOf(...reduceNames);

const aShape = anArray(anInteger(1, 2 ** 31 - 1), maxRank);

/** A tile's type. Sizes are bounded by the verifiers. */
export const aType: Decoder<TileType> = aRecord<TileType>({ dtype: aDType, shape: aShape });

/** A tensor's type. */
export const aTensorType: Decoder<TensorType> = aRecord<TensorType>({ dtype: aBufferDType, shape: aShape });

/** A fresh copy that `JSON.stringify` keeps whole. */
export function toJson(value: unknown): unknown {
  if (typeof value === "number")
    return JSON.stringify(value) === printNumber(value) ? value : printNumber(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, toJson(item)]));
}
