export type * from "./host.ts";
export { Kernel } from "./kernel/kernel.ts";
export { tensorGlobals, tensorTypes } from "./types/index.ts";
export type { TensorGlobals } from "./globals.ts";
export { Shown } from "./output/shown.ts";
export type { NaNOrigin } from "./nan/nan-origin.ts";
export { Tensor } from "./tensor.ts";
export { createTensors, type Tensors, type TensorScope, type TensorsOptions } from "./tensors.ts";
