import { valueDType } from "@tilebook/ir";
import { filled, fromSource } from "../create.ts";
import type { Expr } from "../expr.ts";
import { cast } from "../nodes.ts";
import { Tensor } from "../tensor.ts";
import type { Scope, Workspace } from "../workspace.ts";
import type { Step } from "./append.ts";
import { type Bounds, madeBy, type Model } from "./model.ts";
import { Pages } from "./pages.ts";
import { type Choosing, fieldCount, type Row, rowTable } from "./rows.ts";
import { layerTypes, memoryBytes, type MemorySizes } from "./sizes.ts";

/** One step: rows of at most `count` tokens, and what is drawn. */
export interface StepWish {
  readonly count: number;
  readonly rows: readonly Row[];
  readonly results: readonly { readonly row: number; readonly choosing: Choosing }[];
  /** How many results a step of this form has; those behind `results` draw nothing. */
  readonly most: number;
  /** Result r is of row r. */
  readonly isEach: boolean;
  /** Some results have a temperature. */
  readonly draws: boolean;
}

/** Of each layer its keys and values, and their scales. */
type Layers = readonly (readonly Tensor[])[];

interface Noted {
  readonly layers: Layers;
  readonly drawn: readonly Tensor[];
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
  /** Keys and values of each layer. */
  #layers: Layers;
  #table: Tensor | undefined;
  #tableText = "";
  #bounds: Bounds | undefined;

  constructor(workspace: Workspace, sizes: MemorySizes, model: Model) {
    this.sizes = sizes;
    this.pages = new Pages(sizes);
    this.#workspace = workspace;
    this.#model = model;
    this.#home = workspace.scope;
    this.#layers = Array.from({ length: sizes.layers }, () =>
      layerTypes(sizes).map(({ shape, dtype }) =>
        Tensor.make(workspace, () => cast(filled(0, shape, valueDType(dtype)), dtype)),
      ),
    );
  }

  /** Of keys and values on the device. */
  get bytes(): number {
    return memoryBytes(this.sizes);
  }

  /** What tokens and places may be: known since the model was asked for a step, or it is asked for this one now, and nothing is computed. */
  boundsBy(wish: StepWish): Bounds {
    if (this.#bounds === undefined) {
      const { layers, drawn } = this.#noted([wish]);
      for (const tensor of [...drawn, ...layers.flat()]) tensor.dispose();
    }
    return this.#bounds ?? { words: Infinity, tokens: Infinity, places: Infinity };
  }

  /** The token of each result, -1 of those that draw nothing. */
  async step(wish: StepWish): Promise<Int32Array> {
    const [drawn = new Int32Array()] = await this.steps([wish]);
    return drawn;
  }

  /** Several steps in one run: the rows of each but the first have the tokens that the one before draws. */
  async steps(wishes: readonly StepWish[]): Promise<readonly Int32Array[]> {
    // Zeros become data like what later steps begin with, so that the first step is no program of its own.
    await this.#workspace.realize(exprsOf(this.#layers).flat());
    const { layers, drawn } = this.#noted(wishes);
    let unwanted = layers;
    try {
      const exprs = exprsOf(layers).flat();
      await this.#workspace.realize([...drawn.map((one) => Tensor.expr(one)), ...exprs]);
      this.#workspace.forget(exprs);
      unwanted = this.#layers;
      this.#layers = layers;
      return await Promise.all(drawn.map(async (one) => (await one.data()) as Int32Array));
    } finally {
      for (const tensor of [...drawn, ...unwanted.flat()]) tensor.dispose();
    }
  }

  /** Notes the steps. Nothing is computed yet. */
  #noted(wishes: readonly StepWish[]): Noted {
    const workspace = this.#workspace;
    const outer = workspace.scope;
    const scope = workspace.open(outer.name);
    try {
      let layers = exprsOf(this.#layers);
      const drawn: Expr[] = [];
      for (const { count, rows, results, most, isEach, draws } of wishes) {
        const table = Tensor.make(workspace, () =>
          fromSource(rowTable(count, rows, results), { shape: [fieldCount, count] }),
        );
        const step: Step = { rows: Tensor.expr(table), table: this.#pageTable(), sizes: this.sizes };
        const around = { step, drawn: drawn.at(-1), results: most, isEach, draws, layers };
        const made = madeBy(workspace, this.#model, around);
        layers = made.layers;
        this.#bounds = made.bounds;
        drawn.push(made.drawn);
      }
      workspace.enter(this.#home);
      return {
        drawn: drawn.map((one) => new Tensor(workspace, one)),
        layers: layers.map((layer) => layer.map((part) => new Tensor(workspace, part))),
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

function exprsOf(layers: Layers): readonly (readonly Expr[])[] {
  return layers.map((layer) => layer.map((part) => Tensor.expr(part)));
}
