import {
  anInteger,
  anObject,
  aString,
  type Decoder,
  Fault,
  type FaultData,
  oneOf,
  optional,
  anArray,
  tagged,
} from "@tilebook/base";
import { type BufferDType, bufferDTypes, graphBounds, type TensorType } from "@tilebook/ir";
import type { LaunchMessages, RawValue } from "@tilebook/runtime";
import type { WgslEntry } from "../wgsl-shape.ts";
import { aHandle, anId, aName, aRun } from "./common.ts";

/** The words between the cell worker and the GPU worker: graphs as encoded Graph IR, and typed bytes. */

export type CellToGpu =
  /** Copies bytes in under a name that the cell worker chose. No answer; it is ordered before what comes after. */
  | { readonly type: "upload"; readonly tensor: string; readonly of: TensorType; readonly bytes: Uint8Array }
  /** Computes the graph; its outputs get these names. Answered by `done`. */
  | {
      readonly type: "run";
      readonly id: number;
      readonly run: number;
      readonly cell: string;
      /** JSON text of `encodeGraph` (@tilebook/ir). */
      readonly graph: string;
      readonly outputs: readonly string[];
      /** The graph is kept under this number, for `again`. */
      readonly keep?: number;
    }
  /** The same graph over other tensors, in the order in which its inputs name them first, with other numbers in its fills of floats. Answered by `done`. */
  | {
      readonly type: "again";
      readonly id: number;
      readonly run: number;
      readonly cell: string;
      readonly form: number;
      readonly tensors: readonly string[];
      readonly numbers: readonly number[];
      readonly outputs: readonly string[];
    }
  /** A graph that was kept is not needed any more. */
  | { readonly type: "drop"; readonly form: number }
  /** Bounds and compiles a text of WGSL that a user wrote. Answered by `admitted`, or a fault on the line. */
  | { readonly type: "admit"; readonly id: number; readonly source: string; readonly wgsl: string }
  /** Runs it. Its outputs get the names given. Answered by `done`. */
  | {
      readonly type: "raw";
      readonly id: number;
      readonly run: number;
      readonly source: string;
      readonly wgsl: string;
      readonly entry: string;
      readonly overrides: Readonly<Record<string, number | boolean>>;
      /** Workgroups along x, y and z. */
      readonly grid: readonly number[];
      readonly buffers: readonly RawBufferMessage[];
    }
  /** Answered by `bytes`. */
  | {
      readonly type: "read";
      readonly id: number;
      readonly tensor: string;
      readonly start?: number;
      readonly end?: number;
    }
  | { readonly type: "free"; readonly tensor: string }
  /** Answered by `memory`. */
  | { readonly type: "memory"; readonly id: number }
  | { readonly type: "resetPeak" }
  /** Reports what kernels this run has used. Answered by `flushed`. */
  | { readonly type: "flush"; readonly id: number; readonly run: number };

/** What a buffer variable of a raw kernel gets. An output starts as a copy of `from`, or as zero. */
export interface RawBufferMessage {
  readonly name: string;
  readonly tensor: string;
  /** The type of an output; absent for inputs. */
  readonly of?: TensorType;
  readonly from?: string;
  /** Numbers for a uniform; `tensor` is empty then. */
  readonly value?: RawValue;
}

export interface Admission {
  readonly entries: readonly WgslEntry[];
}

export type GpuToCell =
  | { readonly type: "admitted"; readonly id: number; readonly admission: Admission }
  /** With what the launches of a run printed. */
  | { readonly type: "done"; readonly id: number; readonly messages?: readonly LaunchMessages[] }
  | { readonly type: "bytes"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly type: "memory"; readonly id: number; readonly liveBytes: number; readonly peakBytes: number }
  /** Most bytes alive at one moment of the run. */
  | { readonly type: "flushed"; readonly id: number; readonly peakBytes: number }
  /** With what the launches of a run printed before it failed. */
  | {
      readonly type: "fault";
      readonly id: number;
      readonly fault: FaultData;
      readonly messages?: readonly LaunchMessages[];
    };

/** Characters of one encoded graph. */
export const MOST_GRAPH_TEXT: number = 32 << 20;
/** Characters of one text of WGSL. */
const MOST_WGSL = 1 << 20;
const MOST_BUFFERS = 64;
/** Outputs of one graph. */
const MOST_OUTPUTS = 4096;
const MOST_BYTES = 2 ** 32;

const aDType: Decoder<BufferDType> = oneOf(...bufferDTypes);

export const aTensorType: Decoder<TensorType> = anObject({
  dtype: aDType,
  shape: anArray(anInteger(0, 2 ** 32), 8),
});

const someBytes: Decoder<Uint8Array> = (value, path) => {
  if (value instanceof Uint8Array) return value;
  throw new Fault("decode/type", `${path} must be bytes`);
};

/** Numbers one value of a uniform may have: those of a buffer of 64 KiB. */
const MOST_NUMBERS = 16_384;
const MOST_DEPTH = 8;

/** Numbers, lists and records of them, copied. */
function rawValue(depth: number): Decoder<RawValue> {
  return (value, path) => {
    if (typeof value === "number") return value;
    if (depth > MOST_DEPTH) throw new Fault("decode/depth", `${path} is nested too deeply`);
    if (Array.isArray(value)) return anArray(rawValue(depth + 1), MOST_NUMBERS)(value, path);
    return record(rawValue(depth + 1), 256)(value, path);
  };
}

function record<T>(item: Decoder<T>, most: number): Decoder<Readonly<Record<string, T>>> {
  return (value, path) => {
    if (typeof value !== "object" || value === null)
      throw new Fault("decode/type", `${path} must be values by name`);
    const entries = Object.entries(value);
    if (entries.length > most) throw new Fault("decode/range", `${path} has more than ${most} entries`);
    const result: Record<string, T> = Object.create(null) as Record<string, T>;
    for (const [name, entry] of entries) result[aName(name, path)] = item(entry, `${path}.${name}`);
    return { ...result };
  };
}

const overrideValues = record<number | boolean>((value, path) => {
  if (typeof value === "number" || typeof value === "boolean") return value;
  throw new Fault("decode/type", `${path} must be a number, true or false`);
}, 256);

/** Infinities and NaN, too. */
const anyNumber: Decoder<number> = (value, path) => {
  if (typeof value === "number") return value;
  throw new Fault("decode/type", `${path} must be a number`);
};

const place = optional(anInteger(0, MOST_BYTES));

export const cellToGpu: Decoder<CellToGpu> = tagged("type", {
  upload: anObject({ tensor: aHandle, of: aTensorType, bytes: someBytes }),
  run: anObject({
    id: anId,
    run: aRun,
    cell: aName,
    graph: aString(MOST_GRAPH_TEXT),
    outputs: anArray(aHandle, MOST_OUTPUTS),
    keep: optional(anId),
  }),
  again: anObject({
    id: anId,
    run: aRun,
    cell: aName,
    form: anId,
    tensors: anArray(aHandle, graphBounds.nodes),
    numbers: anArray(anyNumber, graphBounds.nodes),
    outputs: anArray(aHandle, MOST_OUTPUTS),
  }),
  drop: anObject({ form: anId }),
  admit: anObject({ id: anId, source: aName, wgsl: aString(MOST_WGSL) }),
  raw: anObject({
    id: anId,
    run: aRun,
    source: aName,
    wgsl: aString(MOST_WGSL),
    entry: aName,
    overrides: overrideValues,
    grid: anArray(anInteger(0, 2 ** 16), 3),
    buffers: anArray(
      anObject({
        name: aName,
        tensor: aHandle,
        of: optional(aTensorType),
        from: optional(aHandle),
        value: optional(rawValue(0)),
      }),
      MOST_BUFFERS,
    ),
  }),
  read: anObject({ id: anId, tensor: aHandle, start: place, end: place }),
  free: anObject({ tensor: aHandle }),
  memory: anObject({ id: anId }),
  resetPeak: anObject({}),
  flush: anObject({ id: anId, run: aRun }),
}) as Decoder<CellToGpu>;
