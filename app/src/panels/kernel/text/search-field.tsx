import { ChevronDown, ChevronUp, X } from "lucide-react";
import type { KeyboardEvent, ReactNode } from "react";
import { grouped } from "../../../shared/format.ts";
import { mostMatches } from "./matches.ts";

interface Props {
  readonly words: string;
  readonly count: number;
  /** Which of them is shown, from 0. */
  readonly at: number;
  readonly onWords: (words: string) => void;
  readonly onStep: (by: -1 | 1) => void;
  readonly onClose: () => void;
}

/** Words to look for, how often they are there, and the way from one to the next. */
export function SearchField({ words, count, at, onWords, onStep, onClose }: Props): ReactNode {
  const press = (event: KeyboardEvent): void => {
    if (event.key === "Escape") onClose();
    else if (event.key === "Enter") onStep(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="search-field" role="search">
      <input
        type="search"
        aria-label="Search in this text"
        placeholder="Search"
        value={words}
        autoFocus
        spellCheck={false}
        onChange={(event) => onWords(event.target.value)}
        onKeyDown={press}
      />
      <span role="status">{countText(words, count, at)}</span>
      <button
        type="button"
        className="tool"
        aria-label="Match before"
        title="Match before (Shift+Enter)"
        disabled={count === 0}
        onClick={() => onStep(-1)}
      >
        <ChevronUp size={15} />
      </button>
      <button
        type="button"
        className="tool"
        aria-label="Next match"
        title="Next match (Enter)"
        disabled={count === 0}
        onClick={() => onStep(1)}
      >
        <ChevronDown size={15} />
      </button>
      <button
        type="button"
        className="tool"
        aria-label="End the search"
        title="End the search"
        onClick={onClose}
      >
        <X size={15} />
      </button>
    </div>
  );
}

function countText(words: string, count: number, at: number): string {
  if (words === "") return "";
  if (count === 0) return "not there";
  return `${grouped(at + 1)} of ${grouped(count)}${count === mostMatches ? "+" : ""}`;
}
