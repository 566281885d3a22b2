import type { Timeline } from "@tilebook/mesh";
import { createStore, type StoreApi } from "zustand/vanilla";

/** From when to when, in milliseconds of this page's clock. */
export type Span = readonly [start: number, end: number];

/** What one rank did lately. Spans are in order, and apart. */
export interface Lane {
  readonly name: string;
  readonly computes: readonly Span[];
  readonly receives: readonly Span[];
  /** That it got from other ranks in the last run. */
  readonly bytes: number;
}

export interface Lanes {
  /** Which mesh. */
  readonly mesh: string;
  readonly start: number;
  readonly end: number;
  readonly lanes: readonly Lane[];
}

/** As far back as lanes show, in milliseconds. */
export const lanesMs = 4_000;

/** A screen shows no more, and nothing narrower. */
const [mostSpans, narrowMs] = [400, 1];

/** What the mesh did that ran last. Nothing is noted while nobody looks. */
export const lanesShown: StoreApi<{ readonly lookers: number; readonly last?: Lanes }> = createStore(() => ({
  lookers: 0,
}));

/** Somebody looks: until the function that is returned is called. */
export function lookAtLanes(): () => void {
  countLookers(1);
  return () => countLookers(-1);
}

function countLookers(by: number): void {
  lanesShown.setState(({ lookers }) => ({ lookers: lookers + by }));
}

/** A mesh has run. */
export function noteLanes(mesh: string, names: readonly string[], timeline: Timeline): void {
  if (timeline.events.length === 0) return;
  const { last } = lanesShown.getState();
  lanesShown.setState({ last: withRun(last?.mesh === mesh ? last : undefined, mesh, names, timeline) });
}

/** The notebook that had these meshes is closed. */
export function forgetLanes(): void {
  lanesShown.setState(({ lookers }) => ({ lookers }), true);
}

/** What is to be seen after a run: of what was seen before, only what is not too long ago. */
export function withRun(
  before: Lanes | undefined,
  mesh: string,
  names: readonly string[],
  { events, end }: Timeline,
): Lanes {
  const since = end - lanesMs;
  const lanes = names.map((name, rank): Lane => {
    const old = before?.lanes[rank];
    const mine = events.filter((event) => event.rank === rank);
    const spansOf = (kind: "compute" | "receive"): readonly Span[] =>
      mine.filter((event) => event.kind === kind).map((event): Span => [event.start, event.end]);
    return {
      name,
      computes: joined([...(old?.computes ?? []), ...spansOf("compute")], since),
      receives: joined([...(old?.receives ?? []), ...spansOf("receive")], since),
      bytes: mine.reduce((sum, { kind, bytes }) => sum + (kind === "receive" ? bytes : 0), 0),
    };
  });
  const starts = lanes.flatMap(({ computes, receives }) => [
    computes[0]?.[0] ?? end,
    receives[0]?.[0] ?? end,
  ]);
  return { mesh, start: Math.max(since, Math.min(end, ...starts)), end, lanes };
}

/** Spans that touch, or are too near to be told apart, become one. */
function joined(spans: readonly Span[], since: number): readonly Span[] {
  const found: Span[] = [];
  for (const [start, end] of spans.toSorted(([a], [b]) => a - b)) {
    if (end <= since) continue;
    const last = found.at(-1);
    if (last !== undefined && start - last[1] < narrowMs)
      found[found.length - 1] = [last[0], Math.max(last[1], end)];
    else found.push([Math.max(since, start), end]);
  }
  return found.slice(-mostSpans);
}
