import { bytesFor } from "../bytes.ts";
import { type Expr, type Kept, pick } from "../expr.ts";
import { Shown } from "../output/shown.ts";
import { sayShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** What is kept of weights that are codes. */
export class Quantized extends Shown {
  /** "Q4_0" */
  readonly format: string;
  /** Of a weight on the device, with its part of scales and mins. */
  readonly bits: number;
  /** On the device: of a part of the weights, its share. */
  readonly bytes: number;
  readonly #planes: Kept["planes"];
  readonly #tensorOf: (plane: Expr) => Tensor;

  /** Of `count` weights of those that are kept. The first plane has the codes. */
  constructor({ format, planes }: Kept, count: number, tensorOf: (plane: Expr) => Tensor) {
    super();
    const all = Object.values(planes);
    const [bytes, whole] = [bytesOf(all), sizeOf(pick(all, 0).shape)];
    this.format = format;
    this.bits = (8 * bytes) / whole;
    this.bytes = Math.min(bytes, Math.ceil((bytes * count) / whole));
    this.#planes = planes;
    this.#tensorOf = tensorOf;
  }

  /** By name: the codes, scales and what else there is; also of a part of the weights, all. */
  get planes(): Readonly<Record<string, Tensor>> {
    const named = Object.entries(this.#planes);
    return Object.fromEntries(named.map(([name, plane]) => [name, this.#tensorOf(plane)]));
  }

  said(): Readonly<Record<string, unknown>> {
    const { format, bits, bytes } = this;
    const said = Object.entries(this.#planes).map(([name, { dtype, shape }]) => [
      name,
      `${dtype} ${sayShape(shape)}`,
    ]);
    return { format, bits, bytes, planes: Object.fromEntries(said) };
  }
}

function bytesOf(planes: readonly Expr[]): number {
  return planes.reduce((sum, { shape, dtype }) => sum + bytesFor(sizeOf(shape), dtype), 0);
}
