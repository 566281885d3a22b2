export { decodeElements, encodeElements, uniformBytes } from "./elements.ts";
