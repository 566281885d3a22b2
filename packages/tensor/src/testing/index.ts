export { blockDecoders, decodeBlocks, someBlocks } from "./block-decoders.ts";
export { open, type TestCell } from "./cell.ts";
export { ggufFile, textValue } from "./gguf-file.ts";
export { TestHost } from "./host.ts";
export { runCell } from "./run-cell.ts";
export { tinyModel } from "./tiny-model.ts";
export { type NaNCase, nanCases } from "./nan-cases.ts";
export { oddFaults, oddFormats, oddTensor } from "./odd-weights.ts";
