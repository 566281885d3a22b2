import type { BufferDType } from "@tilebook/ir";
import { gatherND, type Places, takeAlong, takeAlongAxis } from "../gather.ts";
import { indexBy } from "../indexing.ts";
import * as axes from "../shapes/axes.ts";
import { split } from "../shapes/join.ts";
import * as matrix from "../shapes/matrix.ts";
import { pad, type PadOptions, type Widths } from "../shapes/pad.ts";
import { roll } from "../shapes/roll.ts";
import { Maps } from "./maps.ts";
import { Methods } from "./methods.ts";

type Axes = number | readonly number[];
type Entry = Methods | number | string | null | Places | readonly boolean[];

/** Shapes, and elements by number. `types/shapes.ts` describes them to the editor. */
export abstract class Shapes extends Maps {
  at(...entries: readonly Entry[]): this {
    return this.make((self) =>
      indexBy(
        self,
        entries.map((entry) => (entry instanceof Methods ? this.exprOf(entry) : entry)),
      ),
    );
  }
  squeeze(axis?: Axes): this {
    return this.make((self) => axes.squeeze(self, axis));
  }
  expandDims(axis: Axes): this {
    return this.make((self) => axes.expandDims(self, axis));
  }
  broadcastTo(...shape: readonly (number | readonly number[])[]): this {
    return this.make((self) => axes.broadcastTo(self, shape.flat()));
  }
  moveAxis(from: Axes, to: Axes): this {
    return this.make((self) => axes.moveAxis(self, from, to));
  }
  tile(repeats: Axes): this {
    return this.make((self) => axes.tile(self, repeats));
  }
  repeat(count: number, axis?: number): this {
    return this.make((self) => axes.repeat(self, count, axis));
  }
  flip(axis?: Axes): this {
    return this.make((self) => axes.flip(self, axis));
  }
  roll(shift: number, axis?: number): this {
    return this.make((self) => roll(self, shift, axis));
  }
  pad(widths: Widths, options?: PadOptions): this {
    return this.make((self) => pad(self, widths, options));
  }
  split(parts: number | readonly number[], axis = 0): this[] {
    return this.makeAll((self) => split(self, parts, axis));
  }
  tril(offset = 0): this {
    return this.make((self) => matrix.triangle("lower", self, offset));
  }
  triu(offset = 0): this {
    return this.make((self) => matrix.triangle("upper", self, offset));
  }
  diagonal(offset = 0): this {
    return this.make((self) => matrix.diagonal(self, offset));
  }
  diag(offset = 0): this {
    return this.make((self) => matrix.diagonalMatrix(self, offset));
  }
  oneHot(classes: number, dtype: BufferDType = "f32"): this {
    return this.make((self) => matrix.oneHot(self, classes, dtype));
  }
  take(index: Methods | Places, axis = 0): this {
    return this.make((self) => takeAlong(self, index instanceof Methods ? this.exprOf(index) : index, axis));
  }
  takeAlongAxis(index: Methods, axis = -1): this {
    return this.make((self) => takeAlongAxis(self, this.exprOf(index), axis));
  }
  gatherND(index: Methods): this {
    return this.make((self) => gatherND(self, this.exprOf(index)));
  }
}
