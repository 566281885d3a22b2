import type { HostileKernel } from "./hostile-kernel.ts";
import { hostileLoops } from "./hostile-loops.ts";
import { hostileSizes } from "./hostile-sizes.ts";

export const hostileKernels: readonly HostileKernel[] = [...hostileLoops, ...hostileSizes];
