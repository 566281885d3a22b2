/** What one cell gave to the others in its last good run. */
export interface CellValues {
  readonly run: number;
  readonly values: ReadonlyMap<string, unknown>;
  /** What its outputs refer to: tensors in it must not be collected while they are on the screen. */
  readonly shown: readonly unknown[];
  /** Called when the values are no longer wanted: the cell ran again, failed, or was forgotten. */
  readonly leave: () => void;
  /** Called when the cell runs again: what goes on in the background has been superseded. The values are still there. */
  readonly supersede: () => void;
}

/** Names to values, by the cell that defines them. */
export class Environment {
  readonly #cells = new Map<string, CellValues>();

  /** Puts a cell's new values in the place of its old ones; the old ones leave after that. */
  land(cell: string, next: CellValues): void {
    const old = this.#cells.get(cell);
    this.#cells.set(cell, next);
    old?.leave();
  }

  supersede(cell: string): void {
    this.#cells.get(cell)?.supersede();
  }

  forget(cell: string): void {
    const old = this.#cells.get(cell);
    this.#cells.delete(cell);
    old?.leave();
  }

  /** A generator cell has a new value. False when the cell has other values by now. */
  update(cell: string, run: number, name: string, value: unknown): boolean {
    const now = this.#cells.get(cell);
    if (now?.run !== run) return false;
    this.#cells.set(cell, { ...now, values: new Map(now.values).set(name, value) });
    return true;
  }

  has(cell: string, run: number): boolean {
    return this.#cells.get(cell)?.run === run;
  }

  /** All that cells gave and showed. */
  get everything(): readonly unknown[] {
    return [...this.#cells.values()].flatMap(({ values, shown }) => [...values.values(), ...shown]);
  }

  /** The values of these names, as far as a cell defines them. */
  lookUp(names: Iterable<string>): Map<string, unknown> {
    const wanted = new Set(names);
    const found = new Map<string, unknown>();
    for (const { values } of this.#cells.values())
      for (const [name, value] of values) if (wanted.has(name)) found.set(name, value);
    return found;
  }
}
