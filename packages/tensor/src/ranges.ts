import { Fault } from "@tilebook/base";
import type { BufferDType } from "@tilebook/ir";
import { toBytes } from "./bytes.ts";
import { checkDtype } from "./create.ts";
import { arithmetic } from "./elementwise.ts";
import { Expr } from "./expr.ts";
import { cast, iota } from "./nodes.ts";
import { checkShape } from "./shape.ts";

/** start, start + step, ... before `end`, worked out in f64. i32 where all three are whole. Fault `tensor/range`. */
export function arange(start: number, end: number, step: number, dtype?: BufferDType): Expr {
  const count = Math.ceil((end - start) / step);
  if (!(count > 0) || !Number.isFinite(count)) {
    throw new Fault("tensor/range", `there is nothing from ${start} to ${end} in steps of ${step}`, {
      hint: "empty tensors are not supported",
    });
  }
  const whole = [start, end, step].every((value) => Number.isInteger(value));
  const type = checkDtype(dtype ?? (whole ? "i32" : "f32"));
  const last = start + (count - 1) * step;
  if (whole && isExact(type, start) && isExact(type, last)) return counted(start, step, count, type);
  return listed(count, (at) => start + at * step, type);
}

/**
 * Worked out where it is read, so that nothing is uploaded, and whoever compiles a mask of places knows what they are. In i32 this is exact; in floats,
 * too, as long as all of them are whole numbers that the dtype has.
 */
function counted(start: number, step: number, count: number, dtype: BufferDType): Expr {
  const places = iota(checkShape(count), "i32");
  const scaled = step === 1 ? places : arithmetic("mul", places, step);
  return cast(start === 0 ? scaled : arithmetic("add", scaled, start), dtype);
}

/** Whether this whole number, and all between it and 0, are numbers of the dtype. */
function isExact(dtype: BufferDType, value: number): boolean {
  const most: Partial<Record<BufferDType, number>> = { i32: 2 ** 31 - 1, f32: 2 ** 24, f16: 2 ** 11 };
  return Math.abs(value) <= (most[dtype] ?? -1) || (dtype === "u32" && value >= 0 && value < 2 ** 31);
}

/** `count` numbers from `start` to `end`, which is the last one; one alone is `start`, as NumPy has it. Fault `tensor/range`. */
export function linspace(start: number, end: number, count: number): Expr {
  if (![start, end].every((value) => Number.isFinite(value)))
    throw new Fault("tensor/range", `there is no line from ${start} to ${end}`, {
      hint: "give finite numbers",
    });
  return listed(
    count,
    (at) => (at > 0 && at === count - 1 ? end : start + (at * (end - start)) / Math.max(count - 1, 1)),
    "f32",
  );
}

function listed(count: number, value: (at: number) => number, dtype: BufferDType): Expr {
  const shape = checkShape(count);
  const values = Float64Array.from({ length: count }, (_, at) => value(at));
  return Expr.data(toBytes(values, checkDtype(dtype)), { dtype, shape });
}
