import type { DType } from "@tilebook/ir";
import { filled, fromSource } from "../create.ts";
import type { Expr } from "../expr.ts";
import { Tensor } from "../tensor.ts";
import type { Scope, Workspace } from "../workspace.ts";
import type { Step } from "./append.ts";
import { madeBy, type Model } from "./model.ts";
import { Pages } from "./pages.ts";
import { type Choosing, fieldCount, type Row, rowTable } from "./rows.ts";
import { layerShape, memoryBytes, type MemorySizes } from "./sizes.ts";

/** One step: rows of at most \`count\` tokens, and what is drawn. */
export interface StepWish {
  readonly count: number;
  readonly rows: readonly Row[];
  readonly results: readonly { readonly row: number; readonly choosing: Choosing }[];
  /** How many results a step of this form has; those behind `results` draw nothing. */
  readonly most: number;
  /** Result r is of row r. */
  readonly isEach: boolean;
}

/** What lives from step to step. */
export interface Held {
  /** Keys and values of each layer. */
  readonly layers: readonly Tensor[];
  /** i32 [sequences]: what was written last. */
  readonly written: Tensor;
}

/**
 * Keys and values of several sequences on the device, and a model that goes on from them. A step is one run: it replaces what is held, in
 * the same buffers. Tensors of the model belong to the cell that made this.
 */
export class Memory {
  readonly sizes: MemorySizes;
  readonly pages: Pages;
  readonly #workspace: Workspace;
  readonly #model: Model;
  readonly #home: Scope;
  #held: Held;
  #table: Tensor | undefined;
  #tableText = "";

  constructor(workspace: Workspace, sizes: MemorySizes, model: Model) {
    this.sizes = sizes;
    this.pages = new Pages(sizes);
    this.#workspace = workspace;
    this.#model = model;
    this.#home = workspace.scope;
    const zeros = (shape: readonly number[], dtype: DType): Tensor =>
      Tensor.make(workspace, () => filled(0, shape, dtype));
    this.#held = {
      layers: Array.from({ length: sizes.layers }, () => zeros(layerShape(sizes), sizes.dtype)),
      written: zeros([sizes.sequences], "i32"),
    };
  }

  /** Of keys and values on the device. */
  get bytes(): number {
    return memoryBytes(this.sizes);
  }

  /** The last token of every sequence, once this step is done. */
  async step(wish: StepWish): Promise<Int32Array> {
    // Zeros become data like what later steps begin with, so that the first step is no program of its own.
    await this.#workspace.realize(leavesOf(this.#held).map((leaf) => Tensor.expr(leaf)));
    const next = this.#noted(wish);
    let unwanted: Held = next;
    try {
      const exprs = leavesOf(next).map((leaf) => Tensor.expr(leaf));
      await this.#workspace.realize(exprs);
      this.#workspace.forget(exprs);
      unwanted = this.#held;
      this.#held = next;
      return (await next.written.data()) as Int32Array;
    } finally {
      for (const leaf of leavesOf(unwanted)) leaf.dispose();
    }
  }

  /** Notes the step. Nothing is computed yet. */
  #noted({ count, rows, results, most, isEach }: StepWish): Held {
    const workspace = this.#workspace;
    const outer = workspace.scope;
    const scope = workspace.open(outer.name);
    try {
      const table = Tensor.make(workspace, () =>
        fromSource(rowTable(count, rows, results), { shape: [fieldCount, count] }),
      );
      const step: Step = { rows: Tensor.expr(table), table: this.#pageTable(), sizes: this.sizes };
      const made = madeBy(workspace, this.#model, { step, results: most, isEach, held: this.#held });
      workspace.enter(this.#home);
      return {
        written: new Tensor(workspace, made.written),
        layers: made.layers.map((layer) => new Tensor(workspace, layer)),
      };
    } finally {
      workspace.enter(outer);
      workspace.close(scope);
    }
  }

  /** The table of pages; it is sent to the device where it has changed. */
  #pageTable(): Expr {
    const { table } = this.pages;
    const text = table.join();
    if (this.#table === undefined || this.#table.disposed || this.#tableText !== text) {
      const workspace = this.#workspace;
      const outer = workspace.scope;
      workspace.enter(this.#home);
      this.#table?.dispose();
      const shape = [this.sizes.sequences, this.sizes.pagesEach];
      this.#table = Tensor.make(workspace, () => fromSource(table, { shape }));
      this.#tableText = text;
      workspace.enter(outer);
    }
    return Tensor.expr(this.#table);
  }
}

function leavesOf({ layers, written }: Held): readonly Tensor[] {
  return [written, ...layers];
}
