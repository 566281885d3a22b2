import { bytesFor } from "../bytes.ts";
import { type Expr, type Kept, pick } from "../expr.ts";
import { sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** What is kept of weights that are codes. */
export interface Quantized {
  /** "Q4_0" */
  readonly format: string;
  /** Of a weight on the device, with its part of scales and mins. */
  readonly bits: number;
  /** Of all of them on the device. */
  readonly bytes: number;
  /** By name: the codes, scales and what else there is. */
  readonly planes: Readonly<Record<string, Tensor>>;
}

/** The first plane has the codes. */
export function quantizedOf({ format, planes }: Kept, tensorOf: (plane: Expr) => Tensor): Quantized {
  const all = Object.values(planes);
  const bytes = all.reduce((sum, { shape, dtype }) => sum + bytesFor(sizeOf(shape), dtype), 0);
  return {
    format,
    bits: (8 * bytes) / sizeOf(pick(all, 0).shape),
    bytes,
    get planes() {
      return Object.fromEntries(Object.entries(planes).map(([name, plane]) => [name, tensorOf(plane)]));
    },
  };
}
