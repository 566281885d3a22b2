import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { type Language, tokenLines } from "../../editor/highlight.ts";
import type { Change } from "./diff-lines.ts";

interface Props {
  readonly text: string;
  readonly language: Language;
  /** Lines that belong to what is pointed at. */
  readonly marks: readonly number[];
  /** Lines that the comparison with the other side marks, and how. */
  readonly changed: { readonly lines: ReadonlySet<number>; readonly how: Change } | undefined;
  /** The pointer is on this side, so it does not scroll by itself. */
  readonly still: boolean;
  readonly onPoint: (line: number | undefined) => void;
  readonly onChoose: (line: number) => void;
}

/** A text whose lines can be pointed at. The first marked line is kept in view, unless the pointer is on this side. */
export function LinedText({ text, language, marks, changed, still, onPoint, onChoose }: Props): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => tokenLines(text, language), [text, language]);
  const marked = new Set(marks);
  const first = still ? undefined : marks[0];
  useEffect(() => {
    if (first !== undefined) showLine(box.current, first);
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- another text has it at another place
  }, [first, text]);
  return (
    <div ref={box} className="lined-text" onPointerLeave={() => onPoint(undefined)}>
      {lines.map((tokens, index) => {
        const line = index + 1;
        return (
          <button
            // oxlint-disable-next-line react/no-array-index-key -- a line is its place
            key={index}
            type="button"
            className="lined-text-line"
            tabIndex={-1}
            data-marked={marked.has(line) || undefined}
            data-change={changed?.lines.has(line) === true ? changed.how : undefined}
            onPointerEnter={() => onPoint(line)}
            onClick={() => onChoose(line)}
          >
            <span className="lined-text-number">{line}</span>
            <code>
              {tokens.map((token, at) => (
                // oxlint-disable-next-line react/no-array-index-key -- a token is its place
                <span className={token.kind === "plain" ? undefined : `token-${token.kind}`} key={at}>
                  {token.text}
                </span>
              ))}
            </code>
          </button>
        );
      })}
    </div>
  );
}

function showLine(box: HTMLElement | null, line: number): void {
  const row = box?.children[line - 1];
  if (box === null || !(row instanceof HTMLElement)) return;
  const above = row.offsetTop < box.scrollTop;
  const below = row.offsetTop + row.offsetHeight > box.scrollTop + box.clientHeight;
  if (above || below) box.scrollTo({ top: row.offsetTop - box.clientHeight / 3, behavior: "smooth" });
}
