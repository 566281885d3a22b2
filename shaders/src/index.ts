export type { Kernel } from "./kernel.ts";
export {
  probeBarrier,
  probeCopy,
  probeEmpty,
  probeFma,
  probeFmas,
  probeLoop,
  probeStride,
} from "./probe/index.ts";
