import type { MeshWish } from "./words.ts";

/** A run of a cell. */
export interface Asker {
  readonly run: number;
  readonly cell: string;
}

interface Asked {
  readonly run: number;
  /** By wish, as text: what it gave, by `keyOf`. */
  readonly got: Map<string, { readonly wish: MeshWish; readonly key: string }>;
}

/** Which meshes cells have asked for, and whether they would get others now. */
export class AskedMeshes {
  readonly #keyOf: (wish: MeshWish) => string;
  readonly #byCell = new Map<string, Asked>();

  /** @param keyOf Another text wherever the wish would be answered by other devices, or by another fault. */
  constructor(keyOf: (wish: MeshWish) => string) {
    this.#keyOf = keyOf;
  }

  /** A later run of a cell takes the place of the one before. */
  asked({ run, cell }: Asker, wish: MeshWish): void {
    const before = this.#byCell.get(cell);
    const asked = before?.run === run ? before : { run, got: new Map() };
    asked.got.set(JSON.stringify(wish ?? null), { wish, key: this.#keyOf(wish) });
    this.#byCell.set(cell, asked);
  }

  /** Cells whose wishes would be answered otherwise than they were when this was asked before. */
  changed(): readonly string[] {
    return [...this.#byCell].flatMap(([cell, { got }]) => {
      const others = [...got].filter(([, { wish, key }]) => this.#keyOf(wish) !== key);
      for (const [name, { wish }] of others) got.set(name, { wish, key: this.#keyOf(wish) });
      return others.length > 0 ? [cell] : [];
    });
  }
}
