export { decodeElements, encodeElements, uniformBytes } from "./elements.ts";
export { GraphMaker } from "./graphs.ts";
export { normalisedError, randomNumbers } from "./numbers.ts";
