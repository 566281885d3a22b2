import { aNumber, anObject, type Decoder } from "@tilebook/base";
import type { DeviceSpeed } from "@tilebook/runtime";

/** What a device does at best, as it comes out of the sandbox and out of storage. */
export const aDeviceSpeed: Decoder<DeviceSpeed> = anObject({
  gflops: aNumber,
  gigabytesPerSecond: aNumber,
  launchMs: aNumber,
  programMs: aNumber,
  meetingMs: aNumber,
  barrierMs: aNumber,
  fullPrograms: aNumber,
});
