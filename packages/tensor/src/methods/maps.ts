import { floatUnary } from "../elementwise.ts";
import { floorDivide, remainder } from "../maps/division.ts";
import { isFiniteMask, isNaNMask } from "../maps/finite.ts";
import * as functions from "../maps/functions.ts";
import { type Axes, fold, type ReduceOptions } from "../reduce.ts";
import * as statistics from "../statistics.ts";
import { Methods } from "./methods.ts";

/** Elementwise functions and folds that are made of others. `types/maps.ts` describes them to the editor. */
export abstract class Maps extends Methods {
  sign(): this {
    return this.make(functions.sign);
  }
  square(): this {
    return this.make(functions.square);
  }
  reciprocal(): this {
    return this.make(functions.reciprocal);
  }
  exp2(): this {
    return this.make((self) => floatUnary("exp2", self));
  }
  log2(): this {
    return this.make((self) => floatUnary("log2", self));
  }
  log1p(): this {
    return this.make((self) => floatUnary("log1p", self));
  }
  expm1(): this {
    return this.make((self) => floatUnary("expm1", self));
  }
  erf(): this {
    return this.make((self) => floatUnary("erf", self));
  }
  sigmoid(): this {
    return this.make(functions.sigmoid);
  }
  relu(): this {
    return this.make(functions.relu);
  }
  silu(): this {
    return this.make(functions.silu);
  }
  gelu(options?: functions.GeluOptions): this {
    return this.make((self) => functions.gelu(self, options));
  }
  softplus(): this {
    return this.make(functions.softplus);
  }
  clip(least?: Methods | number, most?: Methods | number): this {
    const bound = (side: Methods | number | undefined) => (side === undefined ? undefined : this.side(side));
    return this.make((self) => functions.clip(self, bound(least), bound(most)));
  }
  floorDivide(other: Methods | number): this {
    return this.make((self) => floorDivide(self, this.side(other)));
  }
  remainder(other: Methods | number): this {
    return this.make((self) => remainder(self, this.side(other)));
  }
  isNaN(): this {
    return this.make(isNaNMask);
  }
  isFinite(): this {
    return this.make(isFiniteMask);
  }

  var(axis?: Axes, options?: statistics.VarianceOptions): this {
    return this.make((self) => statistics.variance(self, axis, options));
  }
  std(axis?: Axes, options?: statistics.VarianceOptions): this {
    return this.make((self) => statistics.deviation(self, axis, options));
  }
  logSumExp(axis?: Axes, options?: ReduceOptions): this {
    return this.make((self) => statistics.logSumExp(self, axis, options));
  }
  logSoftmax(axis = -1): this {
    return this.make((self) => statistics.logSoftmax(self, axis));
  }
  any(axis?: Axes, options?: ReduceOptions): this {
    return this.make((self) => statistics.someOrAll("any", self, axis, options));
  }
  all(axis?: Axes, options?: ReduceOptions): this {
    return this.make((self) => statistics.someOrAll("all", self, axis, options));
  }
  argmin(axis?: number, options?: ReduceOptions): this {
    return this.make((self) => fold("argmin", self, axis, options));
  }
}
