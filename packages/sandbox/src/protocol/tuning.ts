import { anArray, anInteger, anObject, aNumber, aString, type Decoder, optional } from "@tilebook/base";
import { aTuning, type TuneProgress } from "@tilebook/runtime";
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
      trouble: optional(aString(2_000)),
    }),
    256,
  ),
  progress: optional(aTuningProgress),
});

/** A table of times. What is in it is checked by whoever reads it. */
export const aTuningText: Decoder<string> = aString(4 << 20);
