export { cellGlobals, cellTypes } from "./names.ts";
export { openSandbox } from "./open.ts";
export { analyzeWgsl, hazardKeys } from "./wgsl-cell.ts";
export { wgslTypes } from "./wgsl-types.ts";
export type * from "./sandbox.ts";
export * from "./probe.ts";
export type * from "./profile.ts";
export * from "./step.ts";
export type * from "./tuning.ts";
