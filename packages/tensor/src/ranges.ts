import { Fault } from "@tilebook/base";
import type { BufferDType } from "@tilebook/ir";
import { toBytes } from "./bytes.ts";
import { checkDtype } from "./create.ts";
import { Expr } from "./expr.ts";
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
  return listed(count, (at) => start + at * step, dtype ?? (whole ? "i32" : "f32"));
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
