import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useMemo, useRef } from "react";
import { type Language, tokenLines } from "../../../editor/highlight.ts";
import type { Change } from "../diff-lines.ts";
import type { Match } from "./matches.ts";
import { TextLine } from "./text-line.tsx";
import "./lined-text.css";

interface Props {
  readonly label: string;
  readonly text: string;
  readonly language: Language;
  /** The colour of each line, if it has one. */
  readonly hues: readonly (number | undefined)[];
  /** Lines that belong to what is pointed at. */
  readonly marks: readonly number[];
  /** Lines that the comparison with the other side marks, and how. */
  readonly changed: { readonly lines: ReadonlySet<number>; readonly how: Change } | undefined;
  /** What a search has found, and which of it is looked at. */
  readonly matches: readonly Match[];
  readonly current: Match | undefined;
  /** The pointer is on this side, so it does not scroll by itself. */
  readonly still: boolean;
  readonly onPoint: (line: number | undefined) => void;
  /** Looked at for longer than the pointer stays. */
  readonly onPin: (line: number) => void;
  readonly onChoose: (line: number) => void;
}

/** A text whose lines can be pointed at. The first marked line is kept in view, unless the pointer is on this side. */
export function LinedText(props: Props): ReactNode {
  const { label, text, language, hues, marks, changed, matches, current, still, onPoint, onPin, onChoose } =
    props;
  const box = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => tokenLines(text, language), [text, language]);
  const marked = new Set(marks);
  const first = still ? undefined : marks[0];
  useEffect(() => {
    if (first !== undefined) showLine(box.current, first);
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- another text has it at another place
  }, [first, text]);
  const found = useMemo(() => Map.groupBy(matches, ({ line }) => line), [matches]);
  useEffect(() => {
    if (current !== undefined) showLine(box.current, current.line);
  }, [current]);
  const press = (event: KeyboardEvent<HTMLElement>): void => {
    const next = lineForKey(event.key, marks[0] ?? 0, lines.length);
    if (event.key === "Enter" && marks[0] !== undefined) onChoose(marks[0]);
    else if (next === undefined) return;
    else {
      onPin(next);
      showLine(box.current, next);
    }
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      className="lined-text"
      role="listbox"
      aria-label={label}
      tabIndex={0}
      onPointerOver={(event) => onPoint(lineAt(event))}
      onPointerLeave={() => onPoint(undefined)}
      onClick={(event) => {
        const line = lineAt(event);
        // A piece that was selected with the mouse is to be copied.
        if (line !== undefined && getSelection()?.isCollapsed !== false) onChoose(line);
      }}
      onKeyDown={press}
    >
      {lines.map((tokens, index) => (
        <TextLine
          // oxlint-disable-next-line react/no-array-index-key -- a line is its place
          key={index}
          line={index + 1}
          tokens={tokens}
          hue={hues[index]}
          marked={marked.has(index + 1)}
          matches={found.get(index + 1)}
          current={current?.line === index + 1 ? current : undefined}
          change={changed?.lines.has(index + 1) === true ? changed.how : undefined}
        />
      ))}
    </div>
  );
}

function lineAt({ target }: Pick<PointerEvent<HTMLElement>, "target">): number | undefined {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-line]") : null;
  return row === null ? undefined : Number(row.dataset["line"]);
}

function lineForKey(key: string, line: number, last: number): number | undefined {
  const lines: Readonly<Record<string, number>> = {
    ArrowUp: line - 1,
    ArrowDown: line + 1,
    PageUp: line - 20,
    PageDown: line + 20,
    Home: 1,
    End: last,
  };
  const next = lines[key];
  return next === undefined ? undefined : Math.max(1, Math.min(last, next));
}

function showLine(box: HTMLElement | null, line: number): void {
  const row = box?.children[line - 1];
  if (box === null || !(row instanceof HTMLElement)) return;
  const above = row.offsetTop < box.scrollTop;
  const below = row.offsetTop + row.offsetHeight > box.scrollTop + box.clientHeight;
  if (above || below) box.scrollTo({ top: row.offsetTop - box.clientHeight / 3, behavior: "smooth" });
}
