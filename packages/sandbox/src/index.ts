export { cellGlobals, cellTypes } from "./names.ts";
export { openSandbox } from "./open.ts";
export type * from "./sandbox.ts";
