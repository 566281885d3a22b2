import { type Boxing, boxingOf } from "./boxing.ts";
import { harmlessWays, type Moving, rootOf } from "./harmless.ts";
import { type Algorithm, algorithmsOf, type Step, stepsAt, stepsOf } from "./schedule.ts";

/** What transfers between ranks cost, as it was measured: milliseconds, and milliseconds a byte. */
export interface LinkCosts {
  readonly latency: (from: number, to: number) => number;
  readonly perByte: (from: number, to: number) => number;
  /** What all that a rank sends at once shares, and all that it receives; 0 by default, where only edges count. */
  readonly up?: (rank: number) => number;
  readonly down?: (rank: number) => number;
  /** Ranks that share the air of one access point, if a rank does: whatever any of them sends or receives takes its turn. */
  readonly air?: (rank: number) => string | undefined;
}

/** The way of doing a boxing that is over first, of equals the first of direct, ring and tree. */
export function fastest(boxing: Boxing, bytes: number, ranks: number, costs: LinkCosts): Algorithm {
  const timeBy = (algorithm: Algorithm): number =>
    timeOf(stepsOf(boxing, algorithm, ranks) ?? [], bytes, costs);
  return leastOf(algorithmsOf(boxing), timeBy);
}

/** The same among the ways that nobody can tell apart but by the clock (`harmlessWays`). */
export function fastestHarmless(moving: Moving, bytes: number, costs: LinkCosts): Algorithm {
  const steps = (algorithm: Algorithm): readonly Step[] =>
    stepsAt(rootOf(moving), boxingOf(moving.from, moving.to), algorithm, moving.ranks);
  return leastOf(harmlessWays(moving), (algorithm) => timeOf(steps(algorithm), bytes, costs));
}

function leastOf(algorithms: readonly Algorithm[], timeBy: (algorithm: Algorithm) => number): Algorithm {
  let best: { readonly algorithm: Algorithm; readonly ms: number } = { algorithm: "direct", ms: Infinity };
  for (const algorithm of algorithms) {
    const ms = timeBy(algorithm);
    // Less by nothing that could be measured is no less.
    if (ms < best.ms * 0.999) best = { algorithm, ms };
  }
  return best.algorithm;
}

/**
 * Milliseconds until all steps have arrived. Each begins, in their order, when what it needs is there, and has left when its bytes have had their turn on its edge,
 * on its sender's way out, on its receiver's way in and in the air (LogGP without gaps, Alexandrov et al. 1995, where what is shared is wider than an edge).
 */
export function timeOf(steps: readonly Step[], bytes: number, costs: LinkCosts): number {
  const free = new Map<string, number>();
  const arrived: number[] = [];
  for (const { from, to, share, needs } of steps) {
    const held = resourcesOf(from, to, costs);
    const ready = Math.max(0, ...needs.map((place) => arrived[place] ?? 0));
    let leaves = ready;
    for (const { name, perByte } of held) {
      const until = Math.max(ready, free.get(name) ?? 0) + share * bytes * perByte;
      free.set(name, until);
      leaves = Math.max(leaves, until);
    }
    arrived.push(leaves + costs.latency(from, to));
  }
  return Math.max(0, ...arrived);
}

interface Resource {
  readonly name: string;
  readonly perByte: number;
}

function resourcesOf(from: number, to: number, { perByte, up, down, air }: LinkCosts): readonly Resource[] {
  const edge = perByte(from, to);
  const aired = [air?.(from), air?.(to)].filter((one) => one !== undefined);
  return [
    { name: `${from}>${to}`, perByte: edge },
    { name: `up ${from}`, perByte: up?.(from) ?? 0 },
    { name: `down ${to}`, perByte: down?.(to) ?? 0 },
    // From one station to another through the access point bytes are in the air twice.
    ...[...new Set(aired)].map((name) => ({
      name: `air ${name}`,
      perByte: edge * aired.filter((one) => one === name).length,
    })),
  ];
}
