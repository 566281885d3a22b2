import {
  aBoolean,
  anArray,
  anInteger,
  anObject,
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
import { merged, whyUntrue } from "./merge.ts";
import { aRecord, aTime, recordOf, type TuningRecord } from "./record.ts";
import { candidateStatuses, inShort, type KernelTuning } from "./tuning.ts";

/** Longer texts of tables are not read. */
const mostTableText = 4 << 20;
const mostKernels = 256;
const mostCandidates = 256;
/** Winners of other devices. */
const mostRecords = 512;

/** A config or the key of a choice. */
const aText = aString(1_000);
const count = anInteger(0, Number.MAX_SAFE_INTEGER);

export const aTuning: Decoder<KernelTuning> = anObject({
  key: aText,
  kernel: aText,
  winner: aText,
  clock: oneOf("gpu", "wall"),
  complete: aBoolean,
  from: optional(aText),
  candidates: anArray(
    anObject({
      config: aText,
      status: oneOf(...candidateStatuses),
      milliseconds: optional(aTime),
      samples: optional(anArray(aTime, 64)),
      reason: optional(aString(2_000)),
      registers: optional(count),
      workgroupBytes: optional(count),
      wgslBytes: optional(count),
    }),
    mostCandidates,
  ),
});

/** What times depend on, and what people call it. */
export interface MeasuredOn {
  /** Names the class of devices and the version of the compiler. */
  readonly device: string;
  readonly adapter: string;
  readonly features: readonly string[];
}

interface Table extends MeasuredOn {
  readonly version: 1;
  readonly kernels: readonly KernelTuning[];
  readonly elsewhere: readonly TuningRecord[];
}

const aTable: Decoder<Partial<Table> & Pick<Table, "device" | "kernels">> = anObject({
  version: oneOf(1),
  device: aText,
  adapter: optional(aText),
  features: optional(anArray(aString(128), 256)),
  kernels: anArray(aTuning, mostKernels),
  elsewhere: optional(anArray(aRecord, mostRecords)),
});

/** Names what times depend on: the adapter, its features and limits, and what the compiler makes of kernels. */
export function deviceClass({ name, features, limits }: DeviceReport, target: Target): string {
  const about = JSON.stringify([name, features, limits, target]);
  return `${compilerVersion} ${hashText(about)}`;
}

export function measuredOn(report: DeviceReport, target: Target): MeasuredOn {
  return { device: deviceClass(report, target), adapter: inShort(report.name), features: report.features };
}

/** What came of reading another table. */
export interface TablesMerged {
  /** Whose times they are. */
  readonly adapter: string;
  /** here: they hold on this device. compiler: on this device, by another version of the compiler. */
  readonly measured: "here" | "compiler" | "elsewhere";
  /** Kernels of the table. */
  readonly kernels: number;
  /** Those of them from which something was learned. */
  readonly learned: number;
}

/** What was measured on one class of devices, and which configs won on others. */
export class TuningTable {
  readonly on: MeasuredOn;
  readonly #tunings = new Map<string, KernelTuning>();
  /** By device and key. */
  readonly #elsewhere = new Map<string, TuningRecord>();

  constructor(on: MeasuredOn) {
    this.on = on;
  }

  get device(): string {
    return this.on.device;
  }

  get size(): number {
    return this.#tunings.size;
  }

  get(key: string): KernelTuning | undefined {
    return this.#tunings.get(key);
  }

  /** What was the fastest for this kernel on other classes of devices. */
  elsewhere(key: string): readonly TuningRecord[] {
    return Array.from(this.#elsewhere.values()).filter((record) => record.key === key);
  }

  /** The oldest go when there are too many. */
  put(tuning: KernelTuning): void {
    putLast(this.#tunings, tuning.key, tuning, mostKernels);
  }

  delete(key: string): void {
    this.#tunings.delete(key);
    for (const [place, record] of this.#elsewhere) if (record.key === key) this.#elsewhere.delete(place);
  }

  text(): string {
    const table: Table = {
      version: 1,
      ...this.on,
      kernels: Array.from(this.#tunings.values()),
      elsewhere: Array.from(this.#elsewhere.values()),
    };
    return JSON.stringify(table);
  }

  /** Takes in what `text` gave on such a device. Faults: `decode/...`, `tune/other-device`; then nothing is taken. */
  read(text: string): void {
    const { device, kernels, elsewhere = [] } = decodeJson(aTable, text, mostTableText);
    if (device !== this.device)
      throw new Fault(
        "tune/other-device",
        "these times were measured on another device or by another compiler",
      );
    for (const tuning of kernels) this.put(tuning);
    elsewhere.forEach((record) => this.#note(record));
  }

  /**
   * Learns from a table that somebody made anywhere, from the file `from`. Faults: `decode/...`, `tune/untrue`; then nothing is
   * taken.
   */
  merge(text: string, from: string): TablesMerged {
    const { device, adapter = "", kernels, elsewhere = [] } = decodeJson(aTable, text, mostTableText);
    const untrue = kernels.map(whyUntrue).find((why) => why !== undefined);
    if (untrue !== undefined) throw new Fault("tune/untrue", `${untrue}, so these results are not used`);
    const here = device === this.device;
    const learned = kernels.filter((tuning) =>
      here ? this.#learn({ ...tuning, from }) : this.#note(recordOf(tuning, { device, adapter })),
    );
    elsewhere.forEach((record) => this.#note(record));
    const measured = here ? "here" : sameDevice(device, this.device) ? "compiler" : "elsewhere";
    return { adapter, measured, kernels: kernels.length, learned: learned.length };
  }

  #learn(given: KernelTuning): boolean {
    const known = this.get(given.key);
    const now = known === undefined ? given : merged(known, given);
    if (now === known) return false;
    this.put({ ...now, candidates: now.candidates.slice(0, mostCandidates) });
    return true;
  }

  #note(record: TuningRecord | undefined): boolean {
    if (record === undefined || record.device === this.device) return false;
    putLast(this.#elsewhere, `${record.device} ${record.key}`, record, mostRecords);
    return true;
  }
}

function putLast<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
}

/** The name of a class of devices begins with the version of the compiler. */
function sameDevice(a: string, b: string): boolean {
  return a.slice(a.indexOf(" ")) === b.slice(b.indexOf(" "));
}
