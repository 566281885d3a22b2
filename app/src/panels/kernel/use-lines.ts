import { useMemo } from "react";
import { bandsOf, huesOf } from "./bands.ts";
import { type LinkedView, sameLines } from "./line-links.ts";
import { usePointed } from "./use-pointed.ts";
import { useShownSources } from "./use-shown-sources.ts";
import { kernelView, type Side } from "./view-state.ts";

/** What a side needs to show the lines of its text, and to tell what is pointed at. */
export interface SideLines {
  readonly view: LinkedView;
  readonly hues: readonly (number | undefined)[];
  readonly marks: readonly number[];
  /** The pointer is on this side, so it does not scroll by itself. */
  readonly still: boolean;
  readonly onStage: (name: string) => void;
  readonly onPoint: (line: number | undefined) => void;
  readonly onPin: (line: number) => void;
}

/** The colours of all lines, and the one that is pointed at: here and in the editors of the cells. */
export function useLines(views: readonly LinkedView[]): {
  /** The view that is pointed at, and the line. */
  readonly from: LinkedView | undefined;
  readonly line: number | undefined;
  readonly on: (side: Side, view: LinkedView) => SideLines;
} {
  const bands = useMemo(() => bandsOf(views), [views]);
  const hues = useMemo(
    () => new Map(views.map((view) => [view, huesOf(view, views, bands)])),
    [views, bands],
  );
  const { pointed, hover, pin } = usePointed(views);
  useShownSources(views, bands, pointed);
  const from = views.find(({ name }) => name === pointed?.view);
  const on = (side: Side, view: LinkedView): SideLines => ({
    view,
    hues: hues.get(view) ?? [],
    marks: pointed === undefined || from === undefined ? [] : sameLines(from, pointed.line, view),
    still: pointed?.side === side && pointed.view === view.name,
    onStage: (name) => kernelView.setState({ [side]: name }),
    onPoint: (line) => hover(line === undefined ? undefined : { side, view: view.name, line }),
    onPin: (line) => pin({ side, view: view.name, line }),
  });
  return { from, line: pointed?.line, on };
}
