export { accessOf } from "./access.ts";
export { type Unguarded, unguardedOf } from "./analysis/bounds.ts";
export { type Forms, formsOf, type LaunchFacts } from "./analysis/forms.ts";
export { type Race, racesOf } from "./analysis/races.ts";
export { type KnownLaunch, outsideOf, sayOutside } from "./analysis/outside.ts";
export { sayRace } from "./analysis/say-race.ts";
export { turnsAtLeast } from "./analysis/turns.ts";
export { apartOf } from "./analysis/apart.ts";
export { type AttentionSizes, attentionSizes, headPlace } from "./attention-sizes.ts";
export {
  anyRange,
  binaryRange,
  type LaunchNumbers,
  quotientRange,
  type Range,
  rangesOf,
} from "./analysis/ranges.ts";
export {
  type AtomicAccess,
  type CarriedInit,
  type Combining,
  type LoopHead,
  type OpNote,
  TileBuilder,
} from "./builder.ts";
export {
  bitsOf,
  type BufferDType,
  bufferDTypes,
  castValue,
  type DType,
  type DTypeInfo,
  dtypeInfo,
  dtypes,
  isPacked,
  type PackedDType,
  packedDTypes,
  type PackedInfo,
  packedInfo,
  roundStored,
  storedBytes,
  valueDType,
} from "./dtype.ts";
export { shortestNumber } from "./number-text.ts";
export type * from "./graph.ts";
export { type Layout, meshHandle, meshOf, type PartialOp, type Placement, sayLayout } from "./layout.ts";
export {
  binaryDTypes,
  checkTileShape,
  combinedTypes,
  isCompare,
  maxRank,
  maxTileElements,
  resultType,
  sameShape,
  sameType,
  showType,
  sizeOf,
  type TypeScope,
  unaryDTypes,
} from "./infer.ts";
export {
  type ArithmeticName,
  type AtomicName,
  atomicMeaning,
  atomicNames,
  binaryMeaning,
  graphMeaning,
  type BinaryName,
  type CompareName,
  compareNames,
  type ReduceMeaning,
  reduceMeaning,
  type ReduceName,
  reduceNames,
  unaryMeaning,
  type UnaryName,
} from "./ops.ts";
export type * from "./tile.ts";
export {
  argumentsOf,
  blocksOf,
  isValueOp,
  operandsOf,
  launchReads,
  readsOf,
  resultsOf,
  type TypedValue,
  valuesOf,
  walkOps,
  yieldsOf,
  withReads,
} from "./walk.ts";
export { philox, philoxTable } from "./philox.ts";
export type { PrintedText } from "./text/lines.ts";
export { packValues, unpackValues } from "./packed.ts";
export { printGraph, printGraphLines } from "./text/print-graph.ts";
export { printTile, printTileLines } from "./text/print-tile.ts";
export { readTile } from "./text/read-tile.ts";
export { graphBounds, type GraphRule, graphRules, verifyGraph } from "./verify/graph.ts";
export { checkGrid, maxPrograms } from "./verify/launch.ts";
export { type TileRule, tileRules } from "./verify/tile-rules.ts";
export { tileBounds, verifyTile } from "./verify/tile.ts";
export { decodeGraph, encodeGraph } from "./json/graph.ts";
export { aTensorType } from "./json/words.ts";
export { decodeTile, encodeTile } from "./json/tile.ts";
