export { type Clock, ManualClock, realClock } from "./clock.ts";
export {
  aBoolean,
  anArray,
  anInteger,
  anObject,
  aNumber,
  aSpan,
  aString,
  decode,
  type Decoded,
  decodeJson,
  type Decoder,
  oneOf,
  optional,
  tagged,
} from "./decode.ts";
export { dataFileEndings, isDataFileName, mostFileBytes } from "./data-file.ts";
export { Emitter } from "./events.ts";
export { Fault, type FaultData, faultData, type FaultDetails, faultFrom, unreachable } from "./fault.ts";
export { hashText } from "./hash.ts";
export { joinBytes } from "./join-bytes.ts";
export { type Random, seeded } from "./random.ts";
export { cover, type Origin, type Position, positionAt, type Span } from "./span.ts";
