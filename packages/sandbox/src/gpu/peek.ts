import { Fault } from "@tilebook/base";
import { bitsOf, type TensorType } from "@tilebook/ir";
import type { Executor, TensorHandle } from "@tilebook/runtime";
import type { PeekRequest, TensorPeek } from "../sandbox.ts";
import { limits } from "../protocol/common.ts";
import { valuesOf } from "../values.ts";
import type { TensorTable } from "./tensors.ts";

const known = new WeakMap<Executor, Map<TensorHandle, Promise<Statistics>>>();

/** Statistics and a window of a tensor. Tensors never change, so statistics are computed once. */
export async function peek(
  executor: Executor,
  tensors: TensorTable,
  request: PeekRequest,
): Promise<TensorPeek> {
  const handle = tensors.get(request.tensor);
  const type = executor.typeOf(handle);
  const read: ReadBytes = (start, end) => executor.read(handle, { start, end });
  const ofDevice = known.get(executor) ?? new Map<TensorHandle, Promise<Statistics>>();
  known.set(executor, ofDevice);
  const statistics = ofDevice.get(handle) ?? statisticsOf(type, read);
  ofDevice.set(handle, statistics);
  for (const oldest of ofDevice.keys()) {
    if (ofDevice.size <= MOST_KNOWN) break;
    ofDevice.delete(oldest);
  }
  statistics.catch(() => ofDevice.delete(handle));
  return { ...(await statistics), ...(await windowOf(type, request, read)) };
}

/** Reads bytes [start, end) of the tensor. */
export type ReadBytes = (start: number, end: number) => Promise<Uint8Array>;

export type Statistics = Omit<TensorPeek, "values" | "rows" | "columns">;

/** Tensors whose statistics are remembered. */
const MOST_KNOWN = 500;
/** Bytes read at once: large tensors go through in pieces. */
const PIECE = 16 << 20;

/** The same of a tensor whose bytes lie anywhere. */
export async function peekOf(type: TensorType, request: PeekRequest, read: ReadBytes): Promise<TensorPeek> {
  return { ...(await statisticsOf(type, read)), ...(await windowOf(type, request, read)) };
}

/** Counts over all elements. Least, greatest, mean and deviation are of the finite ones; NaN when there are none. */
export async function statisticsOf(type: TensorType, read: ReadBytes): Promise<Statistics> {
  const size = sizeOf(type.shape);
  const total = Math.ceil((size * bitsOf(type.dtype)) / 8);
  const sums: Sums = {
    around: 0,
    count: 0,
    sum: 0,
    squares: 0,
    minimum: Infinity,
    maximum: -Infinity,
    nans: 0,
    infinities: 0,
  };
  for (let start = 0; start < total; start += PIECE) {
    const values = valuesOf(await read(start, Math.min(total, start + PIECE)), type.dtype);
    // The last byte of four-bit numbers may hold one too many.
    addUp(values.subarray(0, size - (start * 8) / bitsOf(type.dtype)), sums);
  }
  return summary(sums);
}

interface Sums {
  /** The first finite value. Deviations are summed around it, so that a large mean does not eat a small spread. */
  around: number;
  count: number;
  sum: number;
  squares: number;
  minimum: number;
  maximum: number;
  nans: number;
  infinities: number;
}

function addUp(values: Float64Array, sums: Sums): void {
  for (const value of values) {
    if (Number.isNaN(value)) sums.nans += 1;
    else if (!Number.isFinite(value)) sums.infinities += 1;
    else addFinite(value, sums);
  }
}

/* oxlint-disable no-param-reassign -- the sums of one pass over perhaps 100 million values */
function addFinite(value: number, sums: Sums): void {
  if (sums.count === 0) sums.around = value;
  sums.count += 1;
  sums.sum += value - sums.around;
  sums.squares += (value - sums.around) ** 2;
  if (value < sums.minimum) sums.minimum = value;
  if (value > sums.maximum) sums.maximum = value;
}
/* oxlint-enable no-param-reassign */

function summary(sums: Sums): Statistics {
  const { around, count, nans, infinities } = sums;
  if (count === 0) return { minimum: NaN, maximum: NaN, mean: NaN, deviation: NaN, nans, infinities };
  const shift = sums.sum / count;
  const variance = Math.max(0, sums.squares / count - shift ** 2);
  const { minimum, maximum } = sums;
  return { minimum, maximum, mean: around + shift, deviation: Math.sqrt(variance), nans, infinities };
}

/** The window of rows and columns of the last two axes, at the leading index; clamped to the tensor. */
export async function windowOf(
  type: TensorType,
  request: Pick<PeekRequest, "leading" | "rows" | "columns">,
  read: ReadBytes,
): Promise<Pick<TensorPeek, "values" | "rows" | "columns">> {
  const [height, width] = [type.shape.at(-2) ?? 1, type.shape.at(-1) ?? 1];
  const [firstRow, lastRow] = clamped(request.rows, height);
  const [firstColumn, lastColumn] = clamped(request.columns, width);
  const [rows, columns] = [lastRow - firstRow, lastColumn - firstColumn];
  if (rows * columns > limits.window)
    throw new Fault("peek/window", `a window of ${rows} by ${columns} is too large to look at`);
  const values = new Float64Array(rows * columns);
  const bytes = bitsOf(type.dtype) / 8;
  const base = leadingOffset(type.shape.slice(0, -2), request.leading) * height * width;
  if (rows === 0 || columns === 0) return { values, rows, columns };
  // Whole rows in one read: one trip costs more than the columns beside the window, unless rows are very long.
  const band = rows * width * bytes <= PIECE ? rows : Math.max(1, Math.floor(PIECE / (width * bytes)));
  for (let row = 0; row < rows; row += band) {
    const count = Math.min(band, rows - row);
    const start = (base + (firstRow + row) * width) * bytes;
    // Four-bit numbers may begin in the middle of a byte.
    const skip = (start - Math.floor(start)) / bytes;
    const end = Math.ceil(start + count * width * bytes);
    const piece = valuesOf(await read(Math.floor(start), end), type.dtype);
    for (let n = 0; n < count; n++) {
      const from = skip + n * width + firstColumn;
      values.set(piece.subarray(from, from + columns), (row + n) * columns);
    }
  }
  return { values, rows, columns };
}

function clamped([start, end]: readonly [number, number], size: number): readonly [number, number] {
  const first = Math.min(size, Math.max(0, Math.floor(start)));
  return [first, Math.min(size, Math.max(first, Math.ceil(end)))];
}

function leadingOffset(shape: readonly number[], leading: readonly number[]): number {
  return shape.reduce((offset, size, axis) => {
    const index = Math.floor(leading[axis] ?? 0);
    return offset * size + Math.min(Math.max(0, index), Math.max(0, size - 1));
  }, 0);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, side) => size * side, 1);
}
