import {
  anArray,
  anInteger,
  anObject,
  aNumber,
  aString,
  type Decoder,
  oneOf,
  optional,
} from "@tilebook/base";
import { aRecord, aTuning, type TablesMerged, type TuneProgress } from "@tilebook/runtime";
import type { TuningView } from "../tuning.ts";

/** What the tuner says, as it comes out of the GPU worker. */

const count = anInteger(0, Number.MAX_SAFE_INTEGER);
const aText = aString(1_000);

export const aTuningProgress: Decoder<TuneProgress> = anObject({
  key: aText,
  kernel: aText,
  done: count,
  of: count,
});

export const aTuningView: Decoder<TuningView> = anObject({
  device: aText,
  kernels: anArray(
    anObject({
      key: aText,
      kernel: aText,
      source: optional(aText),
      grid: anArray(count, 3),
      costMs: aNumber,
      configs: count,
      used: aText,
      pinned: optional(aText),
      tuning: optional(aTuning),
      recorded: optional(aRecord),
      elsewhere: optional(anArray(aRecord, 8)),
      trouble: optional(aString(2_000)),
    }),
    256,
  ),
  progress: optional(aTuningProgress),
});

/** A table of times. What is in it is checked by whoever reads it. */
export const aTuningText: Decoder<string> = aString(4 << 20);

export const aTablesMerged: Decoder<TablesMerged> = anObject({
  adapter: aText,
  measured: oneOf("here", "compiler", "elsewhere"),
  kernels: count,
  learned: count,
});
