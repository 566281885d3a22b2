export type { Kernel } from "./kernel.ts";
export { probeCopy, probeFma } from "./probe/index.ts";
