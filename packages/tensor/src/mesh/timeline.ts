import { mark, plot, type PlotOutput } from "../output/plot.ts";
import type { MeshEvent } from "./mesh-host.ts";

/** Narrower than a pixel of the plot, an event is not seen: what a rank does without a pause is one bar. */
const pixels = 700;

/** What ranks did, and when: two lines a rank, its device and its link. */
export function timelinePlot(events: readonly MeshEvent[], title?: string): PlotOutput {
  const seen = events.filter(({ kind }) => kind !== "send");
  const first = Math.min(...seen.map(({ start }) => start));
  const last = Math.max(...seen.map(({ end }) => end));
  const gap = (last - first) / pixels;
  const lanes = [...new Set(seen.map(({ rank }) => rank))]
    .toSorted((a, b) => a - b)
    .flatMap((rank) => [laneOf(seen, rank, "compute"), laneOf(seen, rank, "receive")]);
  const rows = lanes.flatMap(({ who, does, spans }) =>
    joined(spans, gap).map(([start, end]) => ({ who, does, start: start - first, end: end - first })),
  );
  return plot({
    ...(title === undefined ? {} : { title }),
    marks: [mark.bar(rows, { from: "start", x: "end", y: "who", color: "does" })],
    x: { label: "milliseconds" },
    y: { label: "", type: "band" },
  });
}

type Span = readonly [start: number, end: number];

interface Lane {
  readonly who: string;
  readonly does: string;
  readonly spans: readonly Span[];
}

function laneOf(events: readonly MeshEvent[], rank: number, kind: "compute" | "receive"): Lane {
  const spans = events
    .filter((event) => event.rank === rank && event.kind === kind)
    .map(({ start, end }): Span => [start, end])
    .toSorted(([a], [b]) => a - b);
  return {
    who: kind === "compute" ? `rank ${rank}` : `to ${rank}`,
    does: kind === "compute" ? "computes" : "receives",
    spans,
  };
}

function joined(spans: readonly Span[], gap: number): readonly Span[] {
  const found: Span[] = [];
  for (const [start, end] of spans) {
    const before = found.at(-1);
    if (before !== undefined && start - before[1] <= gap)
      found[found.length - 1] = [before[0], Math.max(before[1], end)];
    else found.push([start, end]);
  }
  return found;
}
