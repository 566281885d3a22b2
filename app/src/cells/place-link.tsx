import { positionAt, type Span } from "@tilebook/base";
import type { ReactNode } from "react";
import { revealSpan } from "../editor/reveal.ts";
import { useApp } from "../state/app.ts";
import { cellOf, cellTitle } from "../state/selectors.ts";

interface Props {
  /** The cell that says it. */
  readonly cell: string;
  readonly span: Span | undefined;
}

/** "line 3", as a way there. */
export function PlaceLink({ cell, span }: Props): ReactNode {
  const text = useApp((state) => cellOf(state.notebook, span?.source)?.text);
  const title = useApp((state) => (span === undefined ? "" : cellTitle(state.notebook, span.source)));
  if (span === undefined) return null;
  if (text === undefined) return <span className="fault-elsewhere">in {span.source}</span>;
  const { line } = positionAt(text, span.start);
  return (
    <button type="button" className="link" onClick={() => revealSpan(span)}>
      {span.source === cell ? `line ${line}` : `${title}, line ${line}`}
    </button>
  );
}
