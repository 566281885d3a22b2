import { useMemo, useState } from "react";
import { type Match, matchesOf } from "./matches.ts";

/** A search in one text. It goes on when the text becomes another one. */
export interface TextSearch {
  /** Absent: nobody searches. */
  readonly words: string | undefined;
  readonly matches: readonly Match[];
  readonly at: number;
  readonly current: Match | undefined;
  readonly open: () => void;
  readonly close: () => void;
  readonly look: (words: string) => void;
  readonly step: (by: -1 | 1) => void;
}

export function useSearch(text: string): TextSearch {
  const [words, setWords] = useState<string | undefined>();
  const [wanted, setAt] = useState(0);
  const matches = useMemo(() => matchesOf(text, words ?? ""), [text, words]);
  const at = Math.min(wanted, Math.max(0, matches.length - 1));
  return {
    words,
    matches,
    at,
    current: matches[at],
    open: () => setWords(words ?? ""),
    close: () => setWords(undefined),
    look: (next) => {
      setWords(next);
      setAt(0);
    },
    step: (by) => setAt(matches.length === 0 ? 0 : (at + by + matches.length) % matches.length),
  };
}
