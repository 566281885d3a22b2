import type { RunEvent } from "./timeline.ts";

/** An event of a rank, on the clock of who drives the run. */
export interface TimelineEvent extends RunEvent {
  readonly rank: number;
}

/** Of one rank, in milliseconds. */
export interface RankFigures {
  readonly rank: number;
  /** In which its device computes for it. */
  readonly compute: number;
  /** In which bytes are on their way to it, from when they are sent until it has them. */
  readonly communication: number;
  /** Of that, in which its device does nothing. */
  readonly exposed: number;
}

/** What the ranks did in a run. */
export interface Timeline {
  /** In the order in which they began. */
  readonly events: readonly TimelineEvent[];
  readonly start: number;
  readonly end: number;
  readonly ranks: readonly RankFigures[];
  /** The share of all communication beside which the rank computes, 0 to 1; 1 where there is none. */
  readonly hidden: number;
}

/**
 * The events of all ranks, put together.
 * @param offsets By rank, what its clock shows more than that of who drives.
 * @param oneDevice Whether the ranks share one device: what it does for any of them, it does beside what travels to each.
 */
export function timelineOf(
  byRank: readonly (readonly RunEvent[])[],
  offsets: readonly number[],
  oneDevice: boolean = false,
): Timeline {
  const shifted = byRank.map((events, rank) =>
    events.map((event): TimelineEvent => {
      const offset = offsets[rank] ?? 0;
      return { ...event, rank, start: event.start - offset, end: event.end - offset };
    }),
  );
  const sent = new Map<string, number>();
  for (const event of shifted.flat())
    if (event.kind === "send") sent.set(`${event.peer}:${event.what}`, event.start);
  const devices = oneDevice ? [shifted.flat()] : shifted;
  const events = devices
    .flatMap((mine) => oneAfterTheOther(mine).map((event) => sinceSent(event, sent)))
    .toSorted((a, b) => a.start - b.start);
  const ranks = byRank.map((_, rank) => figuresOf(events, rank, oneDevice));
  const [all, exposed] = [sumOf(ranks, "communication"), sumOf(ranks, "exposed")];
  return {
    events,
    start: Math.min(...events.map(({ start }) => start)),
    end: Math.max(...events.map(({ end }) => end)),
    ranks,
    hidden: all === 0 ? 1 : 1 - exposed / all,
  };
}

/** A device does one thing after the other, whenever it was asked. */
function oneAfterTheOther(events: readonly TimelineEvent[]): readonly TimelineEvent[] {
  let free = -Infinity;
  return events
    .toSorted((a, b) => a.end - b.end)
    .map((event) => {
      if (event.kind !== "compute") return event;
      const start = Math.min(event.end, Math.max(event.start, free));
      free = event.end;
      return { ...event, start };
    });
}

/** A receive begins when the other side sends. */
function sinceSent(event: TimelineEvent, sent: ReadonlyMap<string, number>): TimelineEvent {
  if (event.kind !== "receive") return event;
  const since = sent.get(`${event.rank}:${event.what}`) ?? event.start;
  return { ...event, start: Math.min(event.end, since) };
}

function figuresOf(events: readonly TimelineEvent[], rank: number, oneDevice: boolean): RankFigures {
  const of = (kind: RunEvent["kind"], all: boolean = false): readonly Span[] =>
    joined(events.filter((event) => (all || event.rank === rank) && event.kind === kind));
  const [compute, received] = [of("compute"), of("receive")];
  const busy = of("compute", oneDevice);
  const both = received.flatMap((span) => busy.map((other) => overlap(span, other)));
  const communication = lengthOf(received);
  const hidden = both.reduce((sum, length) => sum + length, 0);
  return { rank, compute: lengthOf(compute), communication, exposed: communication - hidden };
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Spans that touch become one. */
function joined(spans: readonly Span[]): readonly Span[] {
  const found: Span[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = found.at(-1);
    if (last !== undefined && start <= last.end)
      found[found.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    else found.push({ start, end });
  }
  return found;
}

function overlap(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));
}

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { start, end }) => sum + end - start, 0);
}

function sumOf(ranks: readonly RankFigures[], field: "communication" | "exposed"): number {
  return ranks.reduce((sum, rank) => sum + rank[field], 0);
}
