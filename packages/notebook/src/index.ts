export { type Block, cellMarker, type Document, type FenceStyle, print } from "./document/document.ts";
export {
  type FrontMatter,
  type KernelPin,
  type KernelRecord,
  readFrontMatter,
  readPins,
  readRecords,
  type RunLevel,
} from "./document/front-matter.ts";
export { parse } from "./document/parse.ts";
export { createNotebooks, type Notebooks, type OpenOptions, toDocument } from "./notebook.ts";
export type * from "./output.ts";
export { type Analyze, type CodeText, labelOf } from "./scheduler/cell.ts";
export { moveSpan } from "./scheduler/move-span.ts";
export type * from "./state.ts";
export { decodeLink, encodeLink, mostLinkCharacters } from "./link/link.ts";
export { checkLimits, documentLimits } from "./link/limits.ts";
export { type LinkMeter, meterLink } from "./link/meter.ts";
export { decodeFault } from "./decode/fault.ts";
export { decodeKernelDetail, decodeKernelReport } from "./decode/kernel.ts";
export { decodeOutput } from "./decode/output.ts";
export { type History, noHistory, redo, remember, type Step, undo } from "./history.ts";
