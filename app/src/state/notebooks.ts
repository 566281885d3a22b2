import { analyzeCell, type CellAnalysis } from "@tilebook/lang";
import { type CodeText, createNotebooks, type Notebooks } from "@tilebook/notebook";
import { analyzeWgsl, cellGlobals } from "@tilebook/sandbox";

const globals: ReadonlySet<string> = new Set(cellGlobals);

/** Opening and changing notebooks, with the analysis of cells that this app uses. */
export const notebooks: Notebooks = createNotebooks({ analyze });

function analyze({ id, kind, text }: CodeText): CellAnalysis {
  return kind === "ts" ? analyzeCell({ id, text }, { globals }) : analyzeWgsl({ id, text });
}
