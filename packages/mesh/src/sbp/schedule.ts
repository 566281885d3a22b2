import type { Boxing } from "./boxing.ts";

/** How a collective is done: everyone with everyone, from neighbour to neighbour, or by halves. */
export type Algorithm = "direct" | "ring" | "tree";

/** One transfer of a collective. */
export interface Step {
  readonly from: number;
  readonly to: number;
  /** The share of the tensor that travels. */
  readonly share: number;
  /** Places of the steps that must have arrived before. */
  readonly needs: readonly number[];
}

/** The boxings that can be done in several ways, and those ways; a rank of 0 stands for the one that all comes from or goes to. */
const ways: Partial<Record<Boxing, Partial<Record<Algorithm, (ranks: number) => readonly Step[]>>>> = {
  "all-gather": { direct: directGather, ring: ringGather, tree: treeGather },
  broadcast: { direct: directBroadcast, ring: (ranks) => chain(ranks, upwards(ranks)), tree: treeBroadcast },
  reduce: { direct: directReduce, ring: chainReduce, tree: treeReduce },
  "all-reduce": { direct: directAllReduce, ring: chainAllReduce, tree: treeAllReduce },
  "reduce-scatter": { direct: directScatter, ring: chainScatter },
};

/** The transfers of a boxing, in an order in which they can be done; nothing where it is not done so. */
export function stepsOf(boxing: Boxing, algorithm: Algorithm, ranks: number): readonly Step[] | undefined {
  return ways[boxing]?.[algorithm]?.(ranks);
}

/** The same where another rank than 0 is the one that all comes from or goes to. */
export function stepsAt(root: number, boxing: Boxing, algorithm: Algorithm, ranks: number): readonly Step[] {
  const home = upwards(ranks).at(-1) === root ? [] : [root];
  if (boxing === "reduce" && algorithm === "ring") return chain(ranks, [...upwards(ranks), ...home]);
  const turned = (rank: number): number => (rank + root) % ranks;
  const steps = stepsOf(boxing, algorithm, ranks) ?? [];
  return steps.map((step) => ({ ...step, from: turned(step.from), to: turned(step.to) }));
}

export function algorithmsOf(boxing: Boxing): readonly Algorithm[] {
  return (["direct", "ring", "tree"] as const).filter((algorithm) => ways[boxing]?.[algorithm] !== undefined);
}

/** Pieces that travel one behind the other in a chain. */
export function chunksOf(ranks: number): number {
  return ranks;
}

function directGather(ranks: number): readonly Step[] {
  return pairs(ranks).map(([from, to]) => ({ from, to, share: 1 / ranks, needs: [] }));
}

/** In each turn everyone gives its neighbour what it got in the turn before. */
function ringGather(ranks: number): readonly Step[] {
  return Array.from({ length: ranks - 1 }, (_, turn) =>
    Array.from({ length: ranks }, (__, from) => ({
      from,
      to: (from + 1) % ranks,
      share: 1 / ranks,
      needs: turn === 0 ? [] : [(turn - 1) * ranks + ((from + ranks - 1) % ranks)],
    })),
  ).flat();
}

/** In each turn everyone gives all that it has to one twice as far away (Bruck et al. 1997). */
function treeGather(ranks: number): readonly Step[] {
  const steps: Step[] = [];
  let before: readonly number[] = [];
  for (let gap = 1; gap < ranks; gap *= 2) {
    const now: number[] = [];
    for (let from = 0; from < ranks; from++) {
      const needs = before.filter((place) => steps[place]?.to === from);
      const share = Math.min(gap, ranks - gap) / ranks;
      now.push(steps.push({ from, to: (from - gap + ranks) % ranks, share, needs }) - 1);
    }
    before = [...before, ...now];
  }
  return steps;
}

function directBroadcast(ranks: number): readonly Step[] {
  return others(ranks).map((to) => ({ from: 0, to, share: 1, needs: [] }));
}

function directReduce(ranks: number): readonly Step[] {
  return others(ranks).map((from) => ({ from, to: 0, share: 1, needs: [] }));
}

function directScatter(ranks: number): readonly Step[] {
  return directGather(ranks);
}

function directAllReduce(ranks: number): readonly Step[] {
  return after(directScatter(ranks), directGather(ranks));
}

/** Pieces from rank to rank along a way, one behind the other. */
function chain(ranks: number, way: readonly number[]): readonly Step[] {
  const chunks = chunksOf(ranks);
  const steps: Step[] = [];
  for (let chunk = 0; chunk < chunks; chunk++)
    for (let hop = 1; hop < way.length; hop++)
      steps.push({
        from: way[hop - 1] ?? 0,
        to: way[hop] ?? 0,
        share: 1 / chunks,
        needs: hop === 1 ? [] : [steps.length - 1],
      });
  return steps;
}

/** Up to the last rank, in the order of ranks, and from there to the one that wants it. */
function chainReduce(ranks: number): readonly Step[] {
  return chain(ranks, [...upwards(ranks), 0]);
}

/** Up to the last rank, and back. */
function chainAllReduce(ranks: number): readonly Step[] {
  return chain(ranks, [...upwards(ranks), ...upwards(ranks).toReversed().slice(1)]);
}

/** Up to the last rank, and from there each piece to whose it is. */
function chainScatter(ranks: number): readonly Step[] {
  const up = chain(ranks, upwards(ranks));
  const last = ranks - 1;
  const down = others(ranks).map((_, to) => ({
    from: last,
    to,
    share: 1 / ranks,
    needs: [to * last + last - 1],
  }));
  return [...up, ...down];
}

function treeBroadcast(ranks: number): readonly Step[] {
  const steps: Step[] = [];
  const got = new Map<number, number>();
  for (const [from, to] of halves(ranks)) {
    const need = got.get(from);
    got.set(to, steps.push({ from, to, share: 1, needs: need === undefined ? [] : [need] }) - 1);
  }
  return steps;
}

function treeReduce(ranks: number): readonly Step[] {
  const steps: Step[] = [];
  for (const [to, from] of halves(ranks).toReversed()) {
    const needs = steps.flatMap((step, place) => (step.to === from ? [place] : []));
    steps.push({ from, to, share: 1, needs });
  }
  return steps;
}

function treeAllReduce(ranks: number): readonly Step[] {
  return after(treeReduce(ranks), treeBroadcast(ranks));
}

/** Who gives to whom in a tree over ranks whose root is 0: first over the greatest distance. Each rank stands for those up to the next that has it. */
export function halves(ranks: number): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  for (let gap = 2 ** Math.ceil(Math.log2(ranks)) / 2; gap >= 1; gap /= 2)
    for (let rank = 0; rank + gap < ranks; rank += 2 * gap) found.push([rank, rank + gap]);
  return found;
}

/** The second begins at a rank when all of the first that goes there has arrived. */
function after(first: readonly Step[], second: readonly Step[]): readonly Step[] {
  const arrived = (rank: number): readonly number[] =>
    first.flatMap(({ to }, place) => (to === rank ? [place] : []));
  const later = second.map(({ needs, ...step }) => ({
    ...step,
    needs: needs.length === 0 ? arrived(step.from) : needs.map((place) => place + first.length),
  }));
  return [...first, ...later];
}

function pairs(ranks: number): readonly (readonly [number, number])[] {
  const all = upwards(ranks);
  return all.flatMap((from) => all.filter((to) => to !== from).map((to) => [from, to] as const));
}

function upwards(ranks: number): readonly number[] {
  return Array.from({ length: ranks }, (_, rank) => rank);
}

function others(ranks: number): readonly number[] {
  return upwards(ranks).slice(1);
}
