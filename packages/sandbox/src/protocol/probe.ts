import {
  anArray,
  anInteger,
  anObject,
  aNumber,
  aString,
  type Decoder,
  oneOf,
  optional,
  tagged,
} from "@tilebook/base";
import { mostWorst, type ProbeResult } from "../probe.ts";
import { aFault, aName } from "./common.ts";
import { aStepOpening } from "./step.ts";

/** What probes find, as it comes out of the GPU worker. */

const count = anInteger(0, Number.MAX_SAFE_INTEGER);
const timing = anObject({ samples: anArray(aNumber, 1_000) });

const element = anObject({ at: count, original: aNumber, variant: aNumber });

const difference = anObject({
  name: aName,
  dtype: aString(16),
  shape: anArray(count, 8),
  compared: count,
  different: count,
  most: aNumber,
  nmse: aNumber,
  first: optional(element),
  worst: anArray(element, mostWorst),
});

export const aProbeResult: Decoder<ProbeResult> = tagged("kind", {
  variant: anObject({
    kernel: aString(1_000),
    launch: count,
    outputs: anArray(difference, 64),
    original: timing,
    variant: timing,
    clock: oneOf("gpu", "wall"),
  }),
  step: aStepOpening,
  profiled: anObject({ launches: count }),
  refused: anObject({ kernel: aString(1_000), fault: aFault }),
});
