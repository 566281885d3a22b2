/** What a cell left for the cell worker after this one: plain values, with tensors replaced by their handles. */
export interface KeptCell {
  readonly cell: string;
  readonly values: unknown;
}

/** Cell worker to frame, by the worker's own line. Bounded by count here, by bytes in the cell worker. */
export type KeepMessage =
  | { readonly type: "keep"; readonly cell: string; readonly values: unknown }
  | { readonly type: "drop"; readonly cell: string };

const MOST_CELLS = 4096;

/**
 * The values of cells that can outlive their worker. They stay in the frame's process: nothing here is read,
 * only handed on, and it never crosses to the app page.
 */
export class Kept {
  readonly #cells = new Map<string, unknown>();

  hear(message: unknown): void {
    const said = message as Partial<KeepMessage> | null;
    if (typeof said?.cell !== "string") return;
    this.#cells.delete(said.cell);
    if (said.type === "keep" && this.#cells.size < MOST_CELLS) this.#cells.set(said.cell, said.values);
  }

  /** The tensors are gone: so is what refers to them. */
  dropTensors(): void {
    for (const [cell, values] of this.#cells) if (refersToTensors(values)) this.#cells.delete(cell);
  }

  all(): readonly KeptCell[] {
    return Array.from(this.#cells, ([cell, values]) => ({ cell, values }));
  }
}

function refersToTensors(values: unknown): boolean {
  return typeof values === "object" && values !== null && "tensors" in values && values.tensors !== false;
}
