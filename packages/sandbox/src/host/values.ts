/** What the app knows of the values that one cell has in the sandbox. */
export interface CellValues {
  /** How many names it gives to others. */
  readonly defines: number;
  /** All its values can be given to the next cell worker, but for its steps. */
  readonly kept: boolean;
  /** Names of tensors that were not stored. */
  readonly steps: readonly string[];
  /** Tensors that its values and outputs refer to. */
  readonly tensors: readonly string[];
}

/** Which cells have values in the sandbox, and which of them go with what dies. */
export class Values {
  readonly #cells = new Map<string, CellValues>();

  set(cell: string, values: CellValues): void {
    this.#cells.set(cell, values);
  }

  delete(cell: string): void {
    this.#cells.delete(cell);
  }

  /** The cell worker ended: what could not be kept is lost. */
  loseCellWorker(): readonly string[] {
    return this.#lose((values) => !values.kept);
  }

  /** Both workers ended: whatever held a tensor is lost too. */
  loseGpuWorker(): readonly string[] {
    return this.#lose((values) => !values.kept || values.tensors.length > 0);
  }

  loseAll(): readonly string[] {
    return this.#lose(() => true);
  }

  /** The steps of cells that have kept their other values. Asked for once: after that they have none. */
  takeSteps(): readonly { readonly cell: string; readonly names: readonly string[] }[] {
    const taken = Array.from(this.#cells, ([cell, { steps }]) => ({ cell, names: steps }));
    for (const [cell, values] of this.#cells) this.#cells.set(cell, { ...values, steps: [] });
    return taken.filter(({ names }) => names.length > 0);
  }

  tensors(): readonly string[] {
    return Array.from(this.#cells.values()).flatMap((values) => values.tensors);
  }

  #lose(gone: (values: CellValues) => boolean): readonly string[] {
    const lost: string[] = [];
    for (const [cell, values] of this.#cells) {
      if (!gone(values)) continue;
      this.#cells.delete(cell);
      if (values.defines > 0 || values.tensors.length > 0) lost.push(cell);
    }
    return lost;
  }
}
