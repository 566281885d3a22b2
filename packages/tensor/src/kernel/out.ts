import { Fault } from "@tilebook/base";
import { type BufferDType, type TensorType, valueDType } from "@tilebook/ir";
import { checkDtype } from "../create.ts";
import { checkShape, sayShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { fits } from "./fits.ts";

/** What the tensor of an `out(...)` holds before the launch: one value everywhere, or a copy of a tensor. */
export interface OutStart {
  readonly fill?: number | boolean;
  readonly from?: Tensor;
}

/** A place for a tensor that a launch makes. It holds zeros before it, or what it starts from. */
export class Out {
  readonly out = true;
  readonly type: TensorType;
  readonly from: Tensor | undefined;

  constructor(type: TensorType, from?: Tensor) {
    this.type = type;
    this.from = from;
  }
}

/**
 * `out(shape, dtype, { fill })` or `{ from }`, checked; `full` makes a tensor of one value. Without a shape's and a
 * dtype's own word those of `from` count. Faults `kernel/out` and those of shapes and dtypes.
 */
export function makeOut(
  given: { readonly shape: unknown; readonly dtype: unknown; readonly start: unknown },
  full: (value: number, type: TensorType) => Tensor,
): Out {
  const shape = checkShape(given.shape);
  const { fill, from } = checkStart(given.start);
  const dtype = checkDtype((given.dtype ?? from?.dtype ?? "f32") as BufferDType);
  const type: TensorType = { shape, dtype };
  if (fill !== undefined) return new Out(type, full(checkFill(fill, dtype), type));
  if (from === undefined) return new Out(type);
  if (from.dtype !== dtype || from.shape.join() !== shape.join()) {
    const said = `out(${sayShape(shape)}, "${dtype}")`;
    throw new Fault("kernel/out", `${said} cannot start from ${from.dtype} ${sayShape(from.shape)}`, {
      hint: `reshape or cast the tensor: it must be ${dtype} ${sayShape(shape)}`,
    });
  }
  return new Out(type, from);
}

function checkStart(start: unknown): { readonly fill?: number; readonly from?: Tensor } {
  if (start === undefined) return {};
  const hint = 'out(n, "f32", { fill: 1 }) or out(x.shape, x.dtype, { from: x })';
  if (typeof start !== "object" || start === null)
    throw new Fault("kernel/out", "an out starts from { fill: value } or { from: tensor }", { hint });
  const odd = Object.keys(start).find((key) => key !== "fill" && key !== "from");
  if (odd !== undefined) throw new Fault("kernel/out", `an out has no option ${odd}`, { hint });
  const { fill, from } = start as { readonly fill?: unknown; readonly from?: unknown };
  if (fill !== undefined && from !== undefined)
    throw new Fault("kernel/out", "an out starts from one value or from a tensor, not from both", { hint });
  if (fill !== undefined && typeof fill !== "number" && typeof fill !== "boolean")
    throw new Fault("kernel/out", `fill is a number, not ${typeof fill}`, { hint });
  if (from !== undefined && !(from instanceof Tensor))
    throw new Fault("kernel/out", `from is a tensor, not ${typeof from}`, { hint });
  return { ...(fill === undefined ? {} : { fill: Number(fill) }), ...(from === undefined ? {} : { from }) };
}

function checkFill(fill: number, dtype: BufferDType): number {
  const value = valueDType(dtype);
  if (fits(fill, value)) return fill;
  const said = value === "f32" || value === "f16" ? "a number" : "a whole number in its range";
  throw new Fault("kernel/out", `an out of ${dtype} is filled with ${said}, not ${fill}`);
}
