export { type Block, cellMarker, type Document, type FenceStyle, print } from "./document/document.ts";
export { type FrontMatter, readFrontMatter, type RunLevel } from "./document/front-matter.ts";
export { parse } from "./document/parse.ts";
export { createNotebooks, type Notebooks, type OpenOptions, toDocument } from "./notebook.ts";
export type * from "./output.ts";
export { type Analyze, type CodeText, labelOf } from "./scheduler/cell.ts";
export { moveSpan } from "./scheduler/settle.ts";
export type * from "./state.ts";
