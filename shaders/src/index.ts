export type { Kernel } from "./kernel.ts";
export {
  probeBarrier,
  probeCopy,
  probeEmpty,
  probeFma,
  probeFmas,
  probeLoop,
  probeNumbering,
  probeStride,
} from "./probe/index.ts";
export { type FunctionName, functions, type ShaderFunction } from "./functions/index.ts";
