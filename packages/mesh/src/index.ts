export { decodeFrame, encodeFrame, type Frame, Kind, type KindNumber } from "./frame.ts";
export { decodeProgram, encodeProgram } from "./program.ts";
export { remoteExecutor } from "./remote.ts";
export { serveExecutor } from "./serve.ts";
export { portWire, type Wire } from "./wire.ts";
