import type { LinkCosts } from "../sbp/link-costs.ts";
import type { Timeline, TimelineEvent } from "./figures.ts";

/** Sends of fewer bytes tell of the latency, and of more of the rate. */
const small = 4 * 1024;
const large = 64 * 1024;

/**
 * What links cost, as the sends of runs tell. A send ends with the word that it has arrived, so the latency is half of the least that a small one took; the
 * rate is that of the large one that was fastest but for it. Edges that sent nothing of a size are as the middle one of those that
 * did; without small ones the latency is 0. Nothing where no one sent anything large.
 */
export function measuredCosts(timelines: readonly Timeline[]): LinkCosts | undefined {
  const sends = timelines.flatMap(({ events }) => events.filter(({ kind }) => kind === "send"));
  const delays = new Map<string, number>();
  for (const send of sends) if (send.bytes < small) lower(delays, edgeOf(send), (send.end - send.start) / 2);
  const usual = medianOf([...delays.values()]) ?? 0;
  const rates = new Map<string, number>();
  for (const send of sends) {
    if (send.bytes < large) continue;
    const leaving = send.end - send.start - 2 * (delays.get(edgeOf(send)) ?? usual);
    lower(rates, edgeOf(send), Math.max(0, leaving) / send.bytes);
  }
  const middle = medianOf([...rates.values()]);
  if (middle === undefined) return undefined;
  return {
    perByte: (from, to) => rates.get(`${from}>${to}`) ?? middle,
    latency: (from, to) => delays.get(`${from}>${to}`) ?? usual,
  };
}

function edgeOf({ rank, peer }: TimelineEvent): string {
  return `${rank}>${peer}`;
}

function lower(least: Map<string, number>, edge: string, value: number): void {
  least.set(edge, Math.min(least.get(edge) ?? Infinity, value));
}

function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
