import { anObject, aString, type Decoder, Fault } from "@tilebook/base";
import type { Choice } from "@tilebook/compiler";
import { configNamed } from "./config-text.ts";
import type { KernelTuning } from "./tuning.ts";

/** A config that was the fastest one for a kernel on some class of devices: this one or another. */
export interface TuningRecord {
  /** Names the class of devices and the version of the compiler. */
  readonly device: string;
  /** The adapter, for people. */
  readonly adapter: string;
  /** The choice's. */
  readonly key: string;
  readonly config: string;
  readonly milliseconds: number;
}

export const aTime: Decoder<number> = (value, path) => {
  if (typeof value !== "number" || !(value >= 0 && value < Infinity))
    throw new Fault("decode/range", `${path} must be a time in milliseconds`);
  return value;
};

const aText = aString(1_000);

export const aRecord: Decoder<TuningRecord> = anObject({
  device: aText,
  adapter: aText,
  key: aText,
  config: aText,
  milliseconds: aTime,
});

/** The config in use, where it has a time. */
export function recordOf(
  { key, winner, candidates }: KernelTuning,
  on: Pick<TuningRecord, "device" | "adapter">,
): TuningRecord | undefined {
  const milliseconds = candidates.find(({ config }) => config === winner)?.milliseconds;
  if (milliseconds === undefined) return undefined;
  return { device: on.device, adapter: on.adapter, key, config: winner, milliseconds };
}

/** Those of a kernel whose config the compiler offers here, the fastest first, no config twice. */
export function offered(choice: Choice, records: readonly TuningRecord[]): readonly TuningRecord[] {
  const own = records
    .filter(({ key, config }) => key === choice.key && configNamed(choice, config) !== undefined)
    .toSorted((a, b) => a.milliseconds - b.milliseconds);
  const met = new Set<string>();
  return own.filter(({ config }) => !met.has(config) && met.add(config));
}
