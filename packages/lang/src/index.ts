export { type AnalysisOptions, analyzeCell, type CellText } from "./analyze.ts";
export type * from "./cell.ts";
export { applyEdits, mapBack, mapPosition, offsetAt } from "./edits.ts";
export { eraseTypes } from "./erase.ts";
export { renameUse } from "./rename.ts";
export { tileGlobals } from "./vocabulary.ts";
export {
  checkKernels,
  type Diagnostic,
  type KernelCheck,
  kernelFixes,
  kernelTypes,
  type TypeHint,
} from "./check/check.ts";
export { type Hover, kernelHover } from "./check/hover.ts";
export type { Fix } from "./check/site.ts";
export { type KernelRequest, lowerKernel } from "./tile/lower.ts";
export { warmUp } from "./warm.ts";
export { knownConstants } from "./constants.ts";
export { tileLanguageTypes } from "./tile-types.ts";
