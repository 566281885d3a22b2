import { type ConvOptions, convolve } from "../conv/convolve.ts";
import { averagePool, type AveragePoolOptions, maxPool } from "../conv/pool.ts";
import type { PerAxis, SpatialOptions } from "../conv/spatial.ts";
import type { Methods } from "./methods.ts";
import { Shapes } from "./shapes.ts";

/** Windows that slide. `types/convolutions.ts` describes them to the editor. */
export abstract class Convolutions extends Shapes {
  conv1d(filters: Methods, options?: ConvOptions): this {
    return this.make((self) => convolve(1, self, this.exprOf(filters), options));
  }
  conv2d(filters: Methods, options?: ConvOptions): this {
    return this.make((self) => convolve(2, self, this.exprOf(filters), options));
  }
  maxPool1d(size: PerAxis, options?: SpatialOptions): this {
    return this.make((self) => maxPool(1, self, size, options));
  }
  maxPool2d(size: PerAxis, options?: SpatialOptions): this {
    return this.make((self) => maxPool(2, self, size, options));
  }
  avgPool1d(size: PerAxis, options?: AveragePoolOptions): this {
    return this.make((self) => averagePool(1, self, size, options));
  }
  avgPool2d(size: PerAxis, options?: AveragePoolOptions): this {
    return this.make((self) => averagePool(2, self, size, options));
  }
}
