import { added, cutInto, joined } from "./pieces.ts";
import type { Placed } from "./move.ts";
import type { RankBuilder } from "./rank-builder.ts";
import { localType, type Sbp, split } from "./sbp.ts";
import { chunksOf, halves } from "./schedule.ts";

type Builders = readonly RankBuilder[];

/** All-gather: everyone gives its neighbour its own part, and then what it got. */
export function ringGathered(builders: Builders, from: Placed, { name, sbp }: Named): Placed {
  const ranks = builders.length;
  return gatheredBy(builders, from, { name, sbp }, (give) => {
    for (let turn = 0; turn < ranks - 1; turn++)
      for (let rank = 0; rank < ranks; rank++) give(rank, (rank + 1) % ranks, (rank - turn + ranks) % ranks);
  });
}

/** All-gather: everyone gives all that it has to one twice as far away. */
export function treeGathered(builders: Builders, from: Placed, { name, sbp }: Named): Placed {
  const ranks = builders.length;
  return gatheredBy(builders, from, { name, sbp }, (give) => {
    for (let gap = 1; gap < ranks; gap *= 2)
      for (let rank = 0; rank < ranks; rank++)
        for (let part = 0; part < Math.min(gap, ranks - gap); part++)
          give(rank, (rank - gap + ranks) % ranks, (rank + part) % ranks);
  });
}

interface Named {
  /** What the tensor is called where it ends. */
  readonly name: string;
  /** How it ends. */
  readonly sbp: Sbp;
}

function gatheredBy(
  builders: Builders,
  { value, sbp: lies, type }: Placed,
  { name, sbp }: Named,
  turns: (give: (from: number, to: number, owner: number) => void) => void,
): Placed {
  const nameOf = (owner: number, rank: number): string => (owner === rank ? value : `${name}@${owner}`);
  turns((from, to, owner) =>
    passed(builders, [from, to], {
      value: nameOf(owner, from),
      as: nameOf(owner, to),
      type: localType(type, lies, owner, builders.length),
    }),
  );
  builders.forEach((builder, rank) => {
    const pieces = builders.map((_, owner) => builder.read(nameOf(owner, rank)));
    builder.name(name, joined(builder, pieces, { type, axis: lies.kind === "split" ? lies.axis : 0 }));
  });
  return { value: name, sbp, type };
}

/** Pieces of what one rank has go from rank to rank, one behind the other. */
export function chainBroadcast(builders: Builders, from: Placed, { name, sbp }: Named): Placed {
  const { value, type } = from;
  const root = from.sbp.kind === "at" ? from.sbp.rank : 0;
  const way = builders.map((_, hop) => (root + hop) % builders.length);
  const chunks = new Chunks(builders.length, from, name);
  chunks.cut(builderAt(builders, root), value, "");
  for (let chunk = 0; chunk < chunks.count; chunk++)
    for (let hop = 1; hop < way.length; hop++)
      passed(builders, [way[hop - 1] ?? 0, way[hop] ?? 0], chunks.whole(chunk));
  builders.forEach((builder, rank) => {
    if (rank === root) builder.name(name, builder.read(value));
    else chunks.join(builder);
  });
  return { value: name, sbp, type };
}

/** Terms are added in the order of ranks, piece by piece, each rank's own to what comes from the one before; the last rank gives out the sums. */
export function chainReduced(builders: Builders, from: Placed, { name, sbp }: Named): Placed {
  const ranks = builders.length;
  const chunks = new Chunks(ranks, from, name, sbp.kind === "split" ? sbp.axis : undefined);
  builders.forEach((builder) => chunks.cut(builder, from.value, "t"));
  for (let chunk = 0; chunk < chunks.count; chunk++) {
    builders.forEach((builder, rank) => {
      const own = builder.read(chunks.nameOf(chunk, "t"));
      if (rank === 0) return builder.name(chunks.nameOf(chunk, "s"), own);
      const before = chunks.nameOf(chunk, "b");
      passed(builders, [rank - 1, rank], {
        value: chunks.nameOf(chunk, "s"),
        as: before,
        type: chunks.type(chunk),
      });
      const sum = added(builder, [builder.read(before), own], from.sbp);
      builder.name(chunks.nameOf(chunk, rank === ranks - 1 ? "" : "s"), sum);
    });
  }
  const last = ranks - 1;
  if (sbp.kind === "broadcast")
    for (let chunk = 0; chunk < chunks.count; chunk++)
      for (let rank = last; rank > 0; rank--) passed(builders, [rank, rank - 1], chunks.whole(chunk));
  const [end] = sbp.kind === "at" ? [sbp.rank] : [last];
  if (sbp.kind === "at" && end !== last)
    for (let chunk = 0; chunk < chunks.count; chunk++) passed(builders, [last, end], chunks.whole(chunk));
  if (sbp.kind === "split")
    for (let rank = 0; rank < last; rank++) passed(builders, [last, rank], chunks.whole(rank));
  builders.forEach((builder, rank) => {
    if (sbp.kind === "split") builder.name(name, builder.read(chunks.nameOf(rank, "")));
    else if (sbp.kind === "broadcast" || rank === end) chunks.join(builder);
  });
  return { value: name, sbp, type: from.type };
}

/** Halves of the ranks are added first: other sums of rounded numbers than one after the other. They end at rank 0. */
export function treeReduced(builders: Builders, from: Placed, { name, sbp }: Named): Placed {
  const { value, type } = from;
  const sums = builders.map(() => value);
  for (const [to, sender] of halves(builders.length).toReversed()) {
    const [receiver, as] = [builderAt(builders, to), `${name}@${sender}`];
    passed(builders, [sender, to], { value: sums[sender] ?? value, as, type });
    const sum = added(receiver, [receiver.read(sums[to] ?? value), receiver.read(as)], from.sbp);
    sums[to] = `${name}+${sender}`;
    receiver.name(`${name}+${sender}`, sum);
  }
  const first = builderAt(builders, 0);
  first.name(name, first.read(sums[0] ?? value));
  return { value: name, sbp, type };
}

export function treeBroadcast(builders: Builders, from: Placed, { name, sbp }: Named): Placed {
  const { value, type } = from;
  const root = from.sbp.kind === "at" ? from.sbp.rank : 0;
  const rankOf = (place: number): number => (root + place) % builders.length;
  const first = builderAt(builders, root);
  first.name(name, first.read(value));
  for (const [giver, taker] of halves(builders.length))
    passed(builders, [rankOf(giver), rankOf(taker)], { value: giver === 0 ? value : name, as: name, type });
  return { value: name, sbp, type };
}

/** A tensor in pieces along its longest axis, or another. */
class Chunks {
  readonly count: number;
  readonly #from: Placed;
  readonly #name: string;
  readonly #axis: number;

  constructor(ranks: number, from: Placed, name: string, axis?: number) {
    const { shape } = from.type;
    this.#axis = axis ?? shape.indexOf(Math.max(...shape));
    this.count = axis === undefined ? Math.max(1, Math.min(chunksOf(ranks), shape[this.#axis] ?? 1)) : ranks;
    this.#from = from;
    this.#name = name;
  }

  nameOf(chunk: number, kind: string): string {
    return `${this.#name}#${chunk}${kind}`;
  }

  type(chunk: number): Placed["type"] {
    return localType(this.#from.type, split(this.#axis), chunk, this.count);
  }

  /** One that is passed on as it is. */
  whole(chunk: number): Passed {
    const name = this.nameOf(chunk, "");
    return { value: name, as: name, type: this.type(chunk) };
  }

  cut(builder: RankBuilder, value: string, kind: string): void {
    const nameOf = (chunk: number): string => this.nameOf(chunk, kind);
    cutInto(builder, builder.read(value), {
      type: this.#from.type,
      axis: this.#axis,
      ranks: this.count,
      nameOf,
    });
  }

  join(builder: RankBuilder): void {
    const pieces = Array.from({ length: this.count }, (_, chunk) => builder.read(this.nameOf(chunk, "")));
    builder.name(this.#name, joined(builder, pieces, { type: this.#from.type, axis: this.#axis }));
  }
}

interface Passed {
  readonly value: string;
  readonly as: string;
  readonly type: Placed["type"];
}

function passed(
  builders: Builders,
  [from, to]: readonly [number, number],
  { value, as, type }: Passed,
): void {
  builderAt(builders, to).receive(as, from, type);
  builderAt(builders, from).send({ value, to, as });
}

function builderAt(builders: Builders, rank: number): RankBuilder {
  const found = builders[rank];
  if (found === undefined) throw new Error(`no rank ${rank}`);
  return found;
}
