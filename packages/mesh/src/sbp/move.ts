import type { NodeId, TensorType } from "@tilebook/ir";
import { type Boxing, boxingOf } from "./boxing.ts";
import {
  chainBroadcast,
  chainReduced,
  ringGathered,
  treeBroadcast,
  treeGathered,
  treeReduced,
} from "./collectives.ts";
import { added, among, cutInto, joined, part } from "./pieces.ts";
import type { RankBuilder } from "./rank-builder.ts";
import type { Algorithm } from "./schedule.ts";
import { at, broadcast, localType, type Sbp, split } from "./sbp.ts";

/** A tensor of the whole group, and its value's name on every rank that has any of it. */
export interface Placed {
  readonly value: string;
  readonly sbp: Sbp;
  /** Of the whole tensor. */
  readonly type: TensorType;
}

/**
 * Boxing: brings a tensor into another layout, where it has a name of its own. What is added is added in the order of ranks, so no result depends
 * on who came first.
 */
export function moved(
  builders: readonly RankBuilder[],
  from: Placed,
  to: Sbp,
  { name, algorithm }: { readonly name: string; readonly algorithm: Algorithm },
): Placed {
  const boxing = boxingOf(from.sbp, to);
  const other = algorithm === "direct" ? undefined : others[algorithm][boxing];
  if (other !== undefined) return other(builders, from, { name, sbp: to });
  switch (boxing) {
    case "none":
      return from;
    case "local":
      return to.kind === "at" ? { ...from, sbp: to } : locally(builders, from, to, name);
    case "all-gather":
      return gathered(builders, from, name);
    case "all-to-all":
      return swapped(builders, from, axisOf(to), name);
    case "reduce-scatter":
      return scattered(builders, from, axisOf(to), name);
    case "all-reduce":
      return reduced(builders, from, name);
    case "send":
    case "broadcast":
      return sent(builders, from, to, name);
    case "scatter":
      return dealt(builders, from, to, name);
    case "gather":
    case "reduce":
      return collected(builders, from, to, name);
  }
}

type Way = (
  builders: readonly RankBuilder[],
  from: Placed,
  to: { readonly name: string; readonly sbp: Sbp },
) => Placed;

const others: Record<"ring" | "tree", Partial<Record<Boxing, Way>>> = {
  ring: {
    "all-gather": ringGathered,
    broadcast: chainBroadcast,
    reduce: chainReduced,
    "all-reduce": chainReduced,
    "reduce-scatter": chainReduced,
  },
  tree: {
    "all-gather": treeGathered,
    broadcast: treeBroadcast,
    reduce: treeReducedTo,
    "all-reduce": (builders, from, { name, sbp }) =>
      treeBroadcast(builders, treeReduced(builders, from, { name: `${name}:0`, sbp: at(0) }), { name, sbp }),
  },
};

function treeReducedTo(...[builders, from, { name, sbp }]: Parameters<Way>): Placed {
  if (rankOf(sbp) === 0) return treeReduced(builders, from, { name, sbp });
  return sent(builders, treeReduced(builders, from, { name: `${name}:0`, sbp: at(0) }), sbp, name);
}

/** Each rank takes its part of what it has whole, or sets what it has among zeros. */
function locally(builders: readonly RankBuilder[], from: Placed, to: Sbp, name: string): Placed {
  const { value, sbp, type } = from;
  const placed = { ...from, value: name, sbp: to };
  builders.forEach((builder, rank) => {
    const place = { type, rank, ranks: builders.length };
    const node =
      to.kind === "split"
        ? part(builder, builder.read(value), { ...place, axis: to.axis })
        : among(builder, value, { ...place, sbp });
    builder.name(placed.value, node);
  });
  return placed;
}

/** Everyone sends its part to everyone. */
function gathered(builders: readonly RankBuilder[], from: Placed, name: string): Placed {
  const { value, type } = from;
  const placed = { value: name, sbp: broadcast, type };
  exchange(builders, { source: () => value, piece: (sender) => `${name}@${sender}` });
  builders.forEach((builder, rank) => {
    const pieces = builders.map((_, sender) => builder.read(sender === rank ? value : `${name}@${sender}`));
    builder.name(placed.value, joined(builder, pieces, { type, axis: axisOf(from.sbp) }));
  });
  return placed;
}

/** Everyone sends everyone what belongs there of its part. */
function swapped(builders: readonly RankBuilder[], from: Placed, to: number, name: string): Placed {
  const { type } = from;
  const placed = { value: name, sbp: split(to), type };
  const pieces = exchangedPieces(builders, from, to, placed.value);
  builders.forEach((builder, rank) => {
    const mine = localType(type, split(to), rank, builders.length);
    const node = joined(builder, pieces[rank] ?? [], { type: mine, axis: axisOf(from.sbp) });
    builder.name(placed.value, node);
  });
  return placed;
}

/** Everyone sends everyone the terms of what belongs there, who adds them. */
function scattered(builders: readonly RankBuilder[], from: Placed, to: number, name: string): Placed {
  const placed = { value: name, sbp: split(to), type: from.type };
  const pieces = exchangedPieces(builders, from, to, placed.value);
  builders.forEach((builder, rank) =>
    builder.name(placed.value, added(builder, pieces[rank] ?? [], from.sbp)),
  );
  return placed;
}

/** Scattered and gathered, along the longest axis; what is too small to be cut goes over rank 0. */
function reduced(builders: readonly RankBuilder[], from: Placed, name: string): Placed {
  const { shape } = from.type;
  const axis = shape.indexOf(Math.max(...shape));
  if ((shape[axis] ?? 0) >= builders.length)
    return gathered(builders, scattered(builders, from, axis, `${name}:S`), name);
  return sent(builders, collected(builders, from, at(0), `${name}:0`), broadcast, name);
}

/** One rank sends another what it has, or everyone. */
function sent(builders: readonly RankBuilder[], { value, sbp, type }: Placed, to: Sbp, name: string): Placed {
  const placed = { value: name, sbp: to, type };
  const source = rankOf(sbp);
  const sender = builderAt(builders, source);
  builders.forEach((builder, rank) => {
    if (rank === source || (to.kind === "at" && to.rank !== rank)) return;
    sender.send({ value, to: rank, as: placed.value });
    builder.receive(placed.value, source, type);
  });
  if (to.kind === "broadcast") sender.name(placed.value, sender.read(value));
  return placed;
}

/** One rank sends everyone its part. */
function dealt(builders: readonly RankBuilder[], from: Placed, to: Sbp, name: string): Placed {
  const { value, sbp, type } = from;
  const placed = { value: name, sbp: to, type };
  const source = rankOf(sbp);
  const sender = builderAt(builders, source);
  const nameOf = (rank: number): string => (rank === source ? placed.value : `${placed.value}>${rank}`);
  cutInto(sender, sender.read(value), { type, axis: axisOf(to), ranks: builders.length, nameOf });
  builders.forEach((builder, rank) => {
    if (rank === source) return;
    sender.send({ value: nameOf(rank), to: rank, as: placed.value });
    builder.receive(placed.value, source, localType(type, to, rank, builders.length));
  });
  return placed;
}

/** Everyone sends one rank its part or its term, who joins or adds them. */
function collected(
  builders: readonly RankBuilder[],
  { value, sbp, type }: Placed,
  to: Sbp,
  name: string,
): Placed {
  const placed = { value: name, sbp: to, type };
  const target = rankOf(to);
  const receiver = builderAt(builders, target);
  const pieces = builders.map((builder, rank) => {
    if (rank === target) return receiver.read(value);
    const piece = `${placed.value}@${rank}`;
    receiver.receive(piece, rank, builder.typeOf(value));
    builder.send({ value, to: target, as: piece });
    return receiver.read(piece);
  });
  const node =
    sbp.kind === "split" ? joined(receiver, pieces, { type, axis: sbp.axis }) : added(receiver, pieces, sbp);
  receiver.name(placed.value, node);
  return placed;
}

interface Exchange {
  /** The value on its sender that goes to a rank. */
  readonly source: (sender: number, to: number) => string;
  /** Its name there. */
  readonly piece: (sender: number, to: number) => string;
}

/** Every rank sends every other a value. */
function exchange(builders: readonly RankBuilder[], { source, piece }: Exchange): void {
  builders.forEach((builder, sender) => {
    builders.forEach((receiver, to) => {
      if (to === sender) return;
      const value = source(sender, to);
      receiver.receive(piece(sender, to), sender, builder.typeOf(value));
      builder.send({ value, to, as: piece(sender, to) });
    });
  });
}

/** Every rank cuts what it has along an axis and sends each part to whom it belongs. Gives, by rank, the parts that it then has, in the order of their senders. */
function exchangedPieces(
  builders: readonly RankBuilder[],
  { value, type }: Placed,
  axis: number,
  name: string,
): readonly (readonly NodeId[])[] {
  const piece = (sender: number, to: number): string => `${name}@${sender}>${to}`;
  builders.forEach((builder, sender) => {
    const nameOf = (to: number): string => piece(sender, to);
    cutInto(builder, builder.read(value), { type, axis, ranks: builders.length, nameOf });
  });
  exchange(builders, { source: piece, piece });
  return builders.map((builder, to) => builders.map((_, sender) => builder.read(piece(sender, to))));
}

function axisOf(sbp: Sbp): number {
  return sbp.kind === "split" ? sbp.axis : -1;
}

function rankOf(sbp: Sbp): number {
  return sbp.kind === "at" ? sbp.rank : -1;
}

function builderAt(builders: readonly RankBuilder[], rank: number): RankBuilder {
  const found = builders[rank];
  if (found === undefined) throw new Error(`no rank ${rank}`);
  return found;
}
