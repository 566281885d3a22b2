import type { Tunable } from "@tilebook/runtime";
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
  readonly isPinned: boolean;
}

const words: Readonly<Record<Exclude<Candidate["status"], "measured">, string>> = {
  slow: "too slow",
  wrong: "wrong",
  failed: "failed",
  pruned: "not tried",
  same: "same code",
};

/** The fastest first, then what has no time, as it was tried. */
export function rowsOf({ tuning, used, pinned }: Tunable): readonly CandidateRow[] {
  const candidates = tuning?.candidates ?? [];
  const slowest = Math.max(...candidates.map(({ milliseconds = 0 }) => milliseconds));
  return candidates
    .toSorted((a, b) => rank(a) - rank(b))
    .map(({ config, status, milliseconds, reason }) => ({
      config,
      result: resultOf(status, milliseconds),
      bar: milliseconds === undefined ? 0 : milliseconds / slowest,
      reason: reason?.replace(/\{.*\}$/, configWords),
      isUsed: config === used,
      isPinned: config === pinned,
    }));
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
  if (first?.milliseconds === undefined || now?.milliseconds === undefined || now === first) return undefined;
  const times = first.milliseconds / now.milliseconds;
  return times >= 1 ? `${times.toFixed(times < 10 ? 1 : 0)} times as fast as untuned` : undefined;
}
