import {
  aBoolean,
  anArray,
  anInteger,
  anObject,
  aNumber,
  aString,
  decodeJson,
  type Decoder,
  Fault,
  hashText,
  oneOf,
  optional,
} from "@tilebook/base";
import { compilerVersion, type Target } from "@tilebook/compiler";
import type { DeviceReport } from "../executor.ts";
import { candidateStatuses, type KernelTuning } from "./tuning.ts";

/** Longer texts of tables are not read. */
const mostTableText = 4 << 20;
const mostKernels = 256;
const mostCandidates = 256;

/** A config or the key of a choice. */
const aText = aString(1_000);
const count = anInteger(0, Number.MAX_SAFE_INTEGER);

export const aTuning: Decoder<KernelTuning> = anObject({
  key: aText,
  kernel: aText,
  winner: aText,
  clock: oneOf("gpu", "wall"),
  complete: aBoolean,
  candidates: anArray(
    anObject({
      config: aText,
      status: oneOf(...candidateStatuses),
      milliseconds: optional(aNumber),
      samples: optional(anArray(aNumber, 64)),
      reason: optional(aString(2_000)),
      registers: optional(count),
      workgroupBytes: optional(count),
      wgslBytes: optional(count),
    }),
    mostCandidates,
  ),
});

interface Table {
  readonly version: 1;
  readonly device: string;
  readonly kernels: readonly KernelTuning[];
}

const aTable: Decoder<Table> = anObject({
  version: oneOf(1),
  device: aText,
  kernels: anArray(aTuning, mostKernels),
});

/** Names what times depend on: the adapter, its features and limits, and what the compiler makes of kernels. */
export function deviceClass({ name, features, limits }: DeviceReport, target: Target): string {
  const about = JSON.stringify([name, features, limits, target]);
  return `${compilerVersion} ${hashText(about)}`;
}

/** What was measured on one class of devices. */
export class TuningTable {
  readonly device: string;
  readonly #tunings = new Map<string, KernelTuning>();

  constructor(device: string) {
    this.device = device;
  }

  get size(): number {
    return this.#tunings.size;
  }

  get(key: string): KernelTuning | undefined {
    return this.#tunings.get(key);
  }

  /** The oldest go when there are too many. */
  put(tuning: KernelTuning): void {
    this.#tunings.delete(tuning.key);
    this.#tunings.set(tuning.key, tuning);
    for (const oldest of this.#tunings.keys()) {
      if (this.#tunings.size <= mostKernels) break;
      this.#tunings.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#tunings.delete(key);
  }

  text(): string {
    return JSON.stringify({ version: 1, device: this.device, kernels: Array.from(this.#tunings.values()) });
  }

  /** Takes in what `text` gave on such a device. Faults: `decode/...`, `tune/other-device`; then nothing is taken. */
  read(text: string): void {
    const { device, kernels } = decodeJson(aTable, text, mostTableText);
    if (device !== this.device)
      throw new Fault(
        "tune/other-device",
        "these times were measured on another device or by another compiler",
      );
    for (const tuning of kernels) this.put(tuning);
  }
}
