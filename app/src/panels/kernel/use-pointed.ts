import { useEffect, useState } from "react";
import { inspector, useInspector } from "../../state/inspector.ts";
import type { LinkedView } from "./line-links.ts";
import type { Side } from "./view-state.ts";

/** A line, in the view it was pointed at in: it stays the same piece of source whatever its side shows next. */
export interface Pointed {
  readonly view: string;
  readonly line: number;
  /** Absent when it was pointed at in an editor. */
  readonly side?: Side;
}

/** The line that is looked at, in the panel or in an editor: the one under the pointer, else the one chosen last. */
export function usePointed(views: readonly LinkedView[]): {
  readonly pointed: Pointed | undefined;
  readonly hover: (at: Pointed | undefined) => void;
  readonly pin: (at: Pointed) => void;
} {
  const [hovered, hover] = useState<Pointed | undefined>();
  const [pinned, pin] = useState<Pointed | undefined>();
  const inEditor = useInspector((state) => state.hovered);
  const nameOf = (source: string): string | undefined => views.find((view) => view.source === source)?.name;
  useEffect(
    () =>
      inspector.subscribe(({ caret }, before) => {
        const view = views.find(({ source }) => source !== undefined && source === caret?.source)?.name;
        if (caret !== before.caret && caret !== undefined && view !== undefined)
          pin({ view, line: caret.line });
      }),
    [views],
  );
  const view = inEditor === undefined ? undefined : nameOf(inEditor.source);
  const under = inEditor === undefined || view === undefined ? undefined : { view, line: inEditor.line };
  return { pointed: hovered ?? under ?? pinned, hover, pin };
}
