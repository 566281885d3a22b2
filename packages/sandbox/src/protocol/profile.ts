import {
  aBoolean,
  anArray,
  anInteger,
  anObject,
  aNumber,
  aString,
  type Decoder,
  oneOf,
  tagged,
} from "@tilebook/base";
import type { ProfileNote } from "../profile.ts";
import { aFault, aName } from "./common.ts";

/** What a profile finds, as it comes out of the GPU worker. */

const count = anInteger(0, Number.MAX_SAFE_INTEGER);
const aKey = aString(1_000);

export const aProfileNote: Decoder<ProfileNote> = tagged("kind", {
  measuring: anObject({ name: aName, done: count, of: count }),
  measured: anObject({
    kernel: aKey,
    name: aName,
    launch: count,
    samples: anArray(aNumber, 1_000),
    repeats: count,
    clock: oneOf("gpu", "wall"),
    fresh: aBoolean,
    grid: anArray(count, 3),
    scalars: anArray(aNumber, 256),
    threads: count,
    work: anObject({ flops: aNumber, bytesRead: aNumber, bytesWritten: aNumber, exact: aBoolean }),
    buffers: anObject({ read: count, written: count }),
  }),
  unmeasured: anObject({ kernel: aKey, name: aName, launch: count, fault: aFault }),
});
