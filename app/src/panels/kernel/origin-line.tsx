import type { Span } from "@tilebook/base";
import type { ReactNode } from "react";
import { CodeText } from "../../editor/code-text.tsx";
import { type LinkedView, linesOf, spanOfLine } from "./line-links.ts";

interface Props {
  readonly views: readonly LinkedView[];
  /** The view that is pointed at, and the line. */
  readonly from: LinkedView | undefined;
  readonly line: number | undefined;
  readonly onChoose: (span: Span) => void;
}

/** Where one text is shown alone: the line of the source that belongs to the line that is pointed at. */
export function OriginLine({ views, from, line, onChoose }: Props): ReactNode {
  const span = from === undefined || line === undefined ? undefined : spanOfLine(from, line);
  const source = views.find((view) => view.source !== undefined && view.source === span?.source);
  if (span === undefined || source === undefined)
    return <p className="origin-line">Choose a line to see where it comes from.</p>;
  const { first } = linesOf(source.text, span);
  const text = source.text.split("\n")[first - 1] ?? "";
  return (
    <button type="button" className="origin-line" onClick={() => onChoose(span)}>
      <span>
        {source.name.replace("Source: ", "")} {first}
      </span>
      <CodeText text={text.trim()} language="ts" />
    </button>
  );
}
