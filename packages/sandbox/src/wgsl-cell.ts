import type { CellAnalysis } from "@tilebook/lang";

/**
 * What a WGSL cell says about itself: it gives its kernel to the others, under the cell's id, when that can be a name.
 * Whether the text can be admitted and compiled is known when it runs.
 */
export function analyzeWgsl(cell: { readonly id: string; readonly text: string }): CellAnalysis {
  const { id, text } = cell;
  const isName = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(id);
  const span = { source: id, start: 0, end: Math.max(0, text.indexOf("\n")) };
  return {
    defines: isName ? [{ name: id, span }] : [],
    uses: [],
    kernels: [],
    usesAwait: false,
    showsResult: true,
    code: "",
    edits: [],
    faults: [],
  };
}
