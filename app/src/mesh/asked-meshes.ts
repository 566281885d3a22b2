import type { MeshWish } from "./words.ts";

/** A run of a cell. */
export interface Asker {
  readonly run: number;
  readonly cell: string;
}

/** Says which devices a wish would get, as texts: now, and once all are back who are paused, or not heard of for a moment. */
export type KeysOf = (wish: MeshWish) => readonly [now: string, whole: string];

interface Asked {
  readonly run: number;
  /** By wish, as text: what it got. */
  readonly got: Map<string, { readonly wish: MeshWish; readonly key: string }>;
}

/** Which meshes cells have asked for, and whether they would get others now. */
export class AskedMeshes {
  readonly #keysOf: KeysOf;
  readonly #byCell = new Map<string, Asked>();

  constructor(keysOf: KeysOf) {
    this.#keysOf = keysOf;
  }

  /** A later run of a cell takes the place of the one before. */
  asked({ run, cell }: Asker, wish: MeshWish): void {
    const before = this.#byCell.get(cell);
    const asked = before?.run === run ? before : { run, got: new Map() };
    asked.got.set(JSON.stringify(wish ?? null), { wish, key: this.#keysOf(wish)[0] });
    this.#byCell.set(cell, asked);
  }

  /**
   * Cells whose wishes would be answered otherwise than they were when this was asked before.
   * @param isLast Whether a cell still has what came of this run. Others are forgotten.
   */
  changed(isLast: (asker: Asker) => boolean): readonly string[] {
    return [...this.#byCell].flatMap(([cell, { run, got }]) => {
      if (!isLast({ cell, run })) {
        this.#byCell.delete(cell);
        return [];
      }
      const others = [...got].filter(([, { wish, key }]) => !this.#keysOf(wish).includes(key));
      for (const [name, { wish }] of others) got.set(name, { wish, key: this.#keysOf(wish)[0] });
      return others.length > 0 ? [cell] : [];
    });
  }
}
