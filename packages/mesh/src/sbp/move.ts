import type { TensorType } from "@tilebook/ir";
import { boxingOf } from "./boxing.ts";
import { added, among, joined, part } from "./pieces.ts";
import type { RankBuilder } from "./rank-builder.ts";
import { broadcast, localType, type Sbp, sayOf, split } from "./sbp.ts";

/** A tensor of the whole group: its value's name on every rank, and the stage in which all have it. */
export interface Placed {
  readonly value: string;
  readonly stage: number;
  readonly sbp: Sbp;
  /** Of the whole tensor. */
  readonly type: TensorType;
}

/** Boxing: brings a tensor into another layout. What is added is added in the order of ranks, so no result depends on who came first. */
export function moved(builders: readonly RankBuilder[], from: Placed, to: Sbp): Placed {
  switch (boxingOf(from.sbp, to)) {
    case "none":
      return from;
    case "local":
      return locally(builders, from, to);
    case "all-gather":
      return gathered(builders, from);
    case "all-to-all":
      return swapped(builders, from, axisOf(to));
    case "reduce-scatter":
      return scattered(builders, from, axisOf(to));
    case "all-reduce":
      return reduced(builders, from);
  }
}

/** Each rank takes its part of what it has whole, or sets what it has among zeros. */
function locally(builders: readonly RankBuilder[], from: Placed, to: Sbp): Placed {
  const { value, stage, sbp, type } = from;
  const placed = { ...from, value: `${value}:${sayOf(to)}`, sbp: to };
  builders.forEach((builder, rank) => {
    const input = builder.read(value, stage);
    const place = { type, rank, ranks: builders.length };
    const node =
      to.kind === "split"
        ? part(builder, stage, input, { ...place, axis: to.axis })
        : among(builder, stage, input, { ...place, sbp });
    builder.name(placed.value, stage, node);
  });
  return placed;
}

/** Everyone sends its part to everyone. */
function gathered(builders: readonly RankBuilder[], from: Placed): Placed {
  const { value, stage, type } = from;
  const axis = axisOf(from.sbp);
  const placed = { value: `${value}:B`, stage: stage + 1, sbp: broadcast, type };
  exchange(builders, stage + 1, { source: () => value, piece: (sender) => `${value}@${sender}` });
  builders.forEach((builder, rank) => {
    const pieces = builders.map((_, sender) =>
      builder.read(sender === rank ? value : `${value}@${sender}`, stage + 1),
    );
    builder.name(placed.value, stage + 1, joined(builder, stage + 1, pieces, { type, axis }));
  });
  return placed;
}

/** Everyone sends everyone what belongs there of its part. */
function swapped(builders: readonly RankBuilder[], from: Placed, to: number): Placed {
  const { stage, type, sbp } = from;
  const axis = axisOf(sbp);
  const placed = { value: `${from.value}:S(${to})`, stage: stage + 1, sbp: split(to), type };
  exchangePieces(builders, from, to, placed.value);
  builders.forEach((builder, rank) => {
    const pieces = builders.map((_, sender) =>
      builder.read(pieceName(placed.value, sender, rank), stage + 1),
    );
    const mine = localType(type, split(to), rank, builders.length);
    builder.name(placed.value, stage + 1, joined(builder, stage + 1, pieces, { type: mine, axis }));
  });
  return placed;
}

/** Everyone sends everyone the terms of what belongs there, who adds them. */
function scattered(builders: readonly RankBuilder[], from: Placed, to: number): Placed {
  const { stage, type, sbp } = from;
  const placed = { value: `${from.value}:S(${to})`, stage: stage + 1, sbp: split(to), type };
  exchangePieces(builders, from, to, placed.value);
  builders.forEach((builder, rank) => {
    const pieces = builders.map((_, sender) =>
      builder.read(pieceName(placed.value, sender, rank), stage + 1),
    );
    builder.name(placed.value, stage + 1, added(builder, stage + 1, pieces, sbp));
  });
  return placed;
}

/** Scattered and gathered, along the longest axis; what is too small to be cut goes over rank 0. */
function reduced(builders: readonly RankBuilder[], from: Placed): Placed {
  const { type, sbp, stage, value } = from;
  const axis = type.shape.indexOf(Math.max(...type.shape));
  if (sizeAt(type, axis) >= builders.length) return gathered(builders, scattered(builders, from, axis));
  const placed = { value: `${value}:B`, stage: stage + 2, sbp: broadcast, type };
  builders.forEach((builder, rank) => {
    const [first] = builders;
    if (rank === 0 || first === undefined) return;
    const piece = `${value}@${rank}`;
    builder.send({ value, to: 0, as: piece });
    first.receive(piece, rank, { type, stage: stage + 1 });
  });
  const [first, ...others] = builders;
  if (first === undefined) return placed;
  const pieces = builders.map((_, sender) =>
    first.read(sender === 0 ? value : `${value}@${sender}`, stage + 1),
  );
  first.name(placed.value, stage + 1, added(first, stage + 1, pieces, sbp));
  others.forEach((builder, index) => {
    first.send({ value: placed.value, to: index + 1, as: placed.value });
    builder.receive(placed.value, 0, { type, stage: stage + 2 });
  });
  return placed;
}

interface Exchange {
  /** The value on its sender that goes to a rank. */
  readonly source: (sender: number, to: number) => string;
  /** Its name there. */
  readonly piece: (sender: number, to: number) => string;
}

/** Every rank sends every other a value, which is there in this stage. */
function exchange(builders: readonly RankBuilder[], stage: number, { source, piece }: Exchange): void {
  builders.forEach((builder, sender) => {
    builders.forEach((receiver, to) => {
      if (to === sender) return;
      const value = source(sender, to);
      builder.send({ value, to, as: piece(sender, to) });
      receiver.receive(piece(sender, to), sender, { type: builder.typeOf(value), stage });
    });
  });
}

/** Every rank cuts what it has along an axis and sends each part to whom it belongs. */
function exchangePieces(
  builders: readonly RankBuilder[],
  { value, stage, type }: Placed,
  axis: number,
  name: string,
): void {
  builders.forEach((builder, sender) => {
    const input = builder.read(value, stage);
    builders.forEach((_, to) => {
      const cut = part(builder, stage, input, { type, axis, rank: to, ranks: builders.length });
      builder.name(pieceName(name, sender, to), stage, cut);
    });
  });
  const piece = (sender: number, to: number): string => pieceName(name, sender, to);
  exchange(builders, stage + 1, { source: piece, piece });
}

function pieceName(value: string, sender: number, to: number): string {
  return `${value}@${sender}>${to}`;
}

function axisOf(sbp: Sbp): number {
  return sbp.kind === "split" ? sbp.axis : -1;
}

function sizeAt({ shape }: TensorType, axis: number): number {
  return shape[axis] ?? 0;
}
