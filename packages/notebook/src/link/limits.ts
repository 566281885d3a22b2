import type { Document } from "../document/document.ts";
import { linkFaults } from "./faults.ts";

/** What a notebook from elsewhere may be at most. */
export const documentLimits: {
  readonly bytes: number;
  readonly cells: number;
  readonly cellBytes: number;
} = { bytes: 8 * 2 ** 20, cells: 2000, cellBytes: 256 * 1024 };

/** Throws `link/cells` or `link/cell` when the document is beyond the limits; for files and links alike. */
export function checkLimits(document: Document): void {
  const { cells, cellBytes } = documentLimits;
  if (document.blocks.length > cells) throw linkFaults.cells(document.blocks.length, cells);
  document.blocks.forEach(({ text }, index) => {
    const bytes = text.length * 3 <= cellBytes ? 0 : new TextEncoder().encode(text).length;
    if (bytes > cellBytes) throw linkFaults.cell(index, bytes, cellBytes);
  });
}
