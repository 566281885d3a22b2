/** What the app knows of the values that one cell has in the sandbox. */
export interface CellValues {
  /** How many names it gives to others. */
  readonly defines: number;
  /** All its values can be given to the next cell worker. */
  readonly kept: boolean;
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
