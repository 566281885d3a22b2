import { positionAt } from "@tilebook/base";
import type { SourceLine } from "../../state/inspector.ts";
import type { LinkedView } from "./line-links.ts";

/** Colours there are; neighbours in this row look unlike. */
export const hueCount = 12;

/** A colour for lines of sources, by the name of the source. */
export type Bands = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** The line of a source that each line of a view comes from: of a piece over several lines, its first. */
function originsOf(view: LinkedView, views: readonly LinkedView[]): readonly (SourceLine | undefined)[] {
  const { source: own } = view;
  if (own !== undefined) return view.text.split("\n").map((_, at) => ({ source: own, line: at + 1 }));
  const texts = new Map(
    views.flatMap(({ source, text }) => (source === undefined ? [] : [[source, text] as const])),
  );
  return (view.spans ?? []).map((span) => {
    const text = span === undefined ? undefined : texts.get(span.source);
    if (span === undefined || text === undefined) return undefined;
    return { source: span.source, line: positionAt(text, span.start).line };
  });
}

/** A colour for each line of a source that became something in any of the views. */
export function bandsOf(views: readonly LinkedView[]): Bands {
  const lines = new Map(
    views.flatMap(({ source }) => (source === undefined ? [] : [[source, new Set<number>()] as const])),
  );
  for (const view of views) {
    if (view.spans === undefined) continue;
    for (const origin of originsOf(view, views))
      if (origin !== undefined) lines.get(origin.source)?.add(origin.line);
  }
  let next = 0;
  return new Map(
    Array.from(lines, ([source, set]) => {
      const sorted = [...set].toSorted((a, b) => a - b);
      return [source, new Map(sorted.map((line) => [line, next++ % hueCount]))];
    }),
  );
}

/** The colour of each line of a view. */
export function huesOf(
  view: LinkedView,
  views: readonly LinkedView[],
  bands: Bands,
): readonly (number | undefined)[] {
  return originsOf(view, views).map((origin) =>
    origin === undefined ? undefined : bands.get(origin.source)?.get(origin.line),
  );
}
