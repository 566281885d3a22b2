export { itBehavesLikeAnExecutor } from "./contract.ts";
export { dawn, type Watched, watched } from "./dawn.ts";
export { block, gather, handmade, scale } from "./kernels.ts";
export { nullGpu } from "./null-gpu.ts";
export { buffer, doubled, f32Bytes, f32Values, gathered, over, program, scaled } from "./programs.ts";
