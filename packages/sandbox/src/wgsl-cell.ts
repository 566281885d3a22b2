import { Fault, faultData, hashText } from "@tilebook/base";
import type { CellAnalysis } from "@tilebook/lang";
import { admitAll, type Admitted } from "@tilebook/runtime";

/** The text of a WGSL cell. */
export interface WgslCell {
  readonly id: string;
  readonly text: string;
}

/**
 * What a WGSL cell says about itself: it gives its kernels to the others, under the cell's id, when that can be a name.
 * What cannot be admitted is a fault of the text, at its place; what the browser's compiler thinks is known when it runs.
 */
export function analyzeWgsl(cell: WgslCell): CellAnalysis {
  const { id, text } = cell;
  const isName = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(id);
  const span = { source: id, start: 0, end: Math.max(0, text.indexOf("\n")) };
  const found = admittedOr(cell);
  return {
    defines: isName ? [{ name: id, span }] : [],
    captured: [],
    uses: [],
    kernels: [],
    usesAwait: false,
    showsResult: true,
    code: "",
    edits: [],
    faults: found instanceof Fault ? [faultData(found)] : [],
  };
}

/** The entry points of a cell whose text can be admitted; none otherwise. */
export function entriesOf(cell: WgslCell): readonly Admitted[] {
  const found = admittedOr(cell);
  return found instanceof Fault ? [] : found;
}

/** What the crash ledger calls the kernels of a cell. */
export function hazardKeys(cell: WgslCell): readonly string[] {
  return entriesOf(cell).map(({ entry }) => hazardKey(cell.text, entry));
}

export function hazardKey(text: string, entry: string): string {
  return hashText(`${entry}\n${text}`);
}

function admittedOr({ id, text }: WgslCell): readonly Admitted[] | Fault {
  try {
    return admitAll({ name: id, text });
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}
