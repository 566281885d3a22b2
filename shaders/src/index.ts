export type { Kernel } from "./kernel.ts";
export { probeCopy, probeFma, probeLoop } from "./probe/index.ts";
