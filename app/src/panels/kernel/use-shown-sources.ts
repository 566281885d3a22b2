import { useEffect } from "react";
import { inspector } from "../../state/inspector.ts";
import type { Bands } from "./bands.ts";
import { type LinkedView, sameLines } from "./line-links.ts";
import type { Pointed } from "./use-pointed.ts";

/** Lets the editors show the colours of the panel and mark the lines of what is pointed at, as long as the panel is there. */
export function useShownSources(
  views: readonly LinkedView[],
  bands: Bands,
  pointed: Pointed | undefined,
): void {
  useEffect(() => {
    const from = views.find(({ name }) => name === pointed?.view);
    const shown = views.flatMap((view) => {
      const { source, text } = view;
      if (source === undefined) return [];
      const marks = from === undefined || pointed === undefined ? [] : sameLines(from, pointed.line, view);
      return [{ source, text, hues: bands.get(source) ?? new Map<number, number>(), marks }];
    });
    inspector.setState({ shown });
  }, [views, bands, pointed]);
  useEffect(() => () => inspector.setState({ shown: [], hovered: undefined }), []);
}
