import type { Tunable, TuningRecord } from "@tilebook/runtime";
import { shortTime } from "../../shared/format.ts";
import { configWords } from "./config-words.ts";

type Candidate = NonNullable<Tunable["tuning"]>["candidates"][number];

/** One config of a kernel, as a row. */
export interface CandidateRow {
  readonly config: string;
  /** Its time, or in a word what became of it. */
  readonly result: string;
  /** Part of the slowest measured time; 0 where there is none. */
  readonly bar: number;
  readonly reason: string | undefined;
  readonly isUsed: boolean;
  /** It was the fastest where somebody else measured. */
  readonly isElsewhere: boolean;
  readonly isPinned: boolean;
}

/** Rows that say how fast something is or that are in use, and the others, which say only why there is no time. */
export function splitRows(rows: readonly CandidateRow[]): readonly [CandidateRow[], CandidateRow[]] {
  const matters = ({ bar, isUsed, isPinned, isElsewhere }: CandidateRow): boolean =>
    bar > 0 || isUsed || isPinned || isElsewhere;
  return [rows.filter(matters), rows.filter((row) => !matters(row))];
}

const words: Readonly<Record<Exclude<Candidate["status"], "measured">, string>> = {
  slow: "too slow",
  wrong: "wrong",
  failed: "failed",
  pruned: "not tried",
  same: "same code",
};

/** The fastest first, then what was the fastest elsewhere, then what has no time, as it was tried. */
export function rowsOf({ tuning, used, pinned, recorded, elsewhere = [] }: Tunable): readonly CandidateRow[] {
  const candidates = tuning?.candidates ?? [];
  const others = recorded === undefined ? elsewhere : [recorded, ...elsewhere];
  const untried = others.filter(({ config }) => candidates.every((one) => one.config !== config));
  const slowest = Math.max(...candidates.map(({ milliseconds = 0 }) => milliseconds));
  const tried = candidates
    .toSorted((a, b) => rank(a) - rank(b))
    .map(({ config, status, milliseconds, reason }) => ({
      config,
      result: resultOf(status, milliseconds),
      bar: milliseconds === undefined ? 0 : milliseconds / slowest,
      reason: reason?.replace(/\{.*\}$/, configWords) ?? elsewhereWords(others, config),
      isUsed: config === used,
      isElsewhere: others.some((record) => record.config === config),
      isPinned: config === pinned,
    }));
  const timed = tried.filter(({ bar }) => bar > 0);
  return [...timed, ...untried.map(untriedRow), ...tried.filter(({ bar }) => bar === 0)];

  function untriedRow({ config }: TuningRecord): CandidateRow {
    const [isUsed, isPinned] = [config === used, config === pinned];
    const reason = elsewhereWords(others, config);
    return { config, result: "not tried here", bar: 0, reason, isUsed, isPinned, isElsewhere: true };
  }
}

function elsewhereWords(records: readonly TuningRecord[], config: string): string | undefined {
  const record = records.find((one) => one.config === config);
  if (record === undefined) return undefined;
  return `${shortTime(record.milliseconds)} on ${record.adapter}, the fastest there`;
}

function resultOf(status: Candidate["status"], milliseconds: number | undefined): string {
  const time = milliseconds === undefined ? "" : shortTime(milliseconds);
  if (status === "measured") return time;
  return time === "" ? words[status] : `${time}, ${words[status]}`;
}

function rank({ status, milliseconds }: Candidate): number {
  return status === "measured"
    ? (milliseconds ?? Infinity)
    : milliseconds === undefined
      ? Infinity
      : 1e9 + milliseconds;
}

/** What is used, against the first config: "2.1 times as fast as untuned". Nothing where that is not known. */
export function gainOf({ tuning, used }: Tunable): string | undefined {
  const [first] = tuning?.candidates ?? [];
  const now = tuning?.candidates.find(({ config }) => config === used);
  if (first?.milliseconds === undefined || !now?.milliseconds || now === first) return undefined;
  const times = first.milliseconds / now.milliseconds;
  return times >= 1 ? `${times.toFixed(times < 10 ? 1 : 0)} times as fast as untuned` : undefined;
}
