// Only tests stand on this: ways to be parallel, as cells write them, and the bytes that they move.
import type { Layout } from "@tilebook/ir";
import type { Tensor } from "@tilebook/tensor";
import type { MeshCell } from "./mesh-cell.ts";

/** Where a value is to lie; on one device nowhere else. */
type Place = (x: Tensor, layout: Layout) => Tensor;

export interface Program {
  /** What is computed: on a mesh, and with a place that does nothing on one device. */
  readonly run: (rig: MeshCell, place: Place) => readonly Tensor[];
  /** Bytes of tensors that all ranks together receive. */
  readonly bytes: number;
}

const here: Place = (x) => x;

function pick<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`there is no number ${index}`);
  return found;
}

const split = (axis: number): Layout => ({ kind: "split", axis });
const whole: Layout = { kind: "broadcast" };
const at = (rank: number): Layout => ({ kind: "at", rank });

/** The worst difference between a mesh and one device, relative to what is there, and the bytes that moved. */
export async function compared(
  rig: MeshCell,
  { run }: Program,
): Promise<{ readonly off: number; readonly bytes: number }> {
  const room = await rig.cell.mesh();
  const results = run(rig, (x, layout) => x.to(room, layout));
  const { bytes } = await room.measure(() => rig.cell.realize(...results));
  const wanted = run(rig, here);
  let off = 0;
  for (const [index, result] of results.entries()) {
    const [mine, alone] = [await result.data(), await (wanted[index] ?? result).data()];
    const most = Math.max(...Array.from(alone, Math.abs));
    const worst = Math.max(...Array.from(mine, (value, place) => Math.abs(value - (alone[place] ?? NaN))));
    off = Math.max(off, worst / most);
  }
  return { off, bytes };
}

const tensors = ({ cell }: MeshCell, shapes: readonly (readonly number[])[]): Tensor[] =>
  shapes.map((shape, seed) => cell.random.normal([...shape], { seed: seed + 1 }).mul(0.3));

const [width, hidden] = [16, 32];

/** A step of gradient descent of two layers, whose weights lie as `lies` says. */
function trained(
  rig: MeshCell,
  place: Place,
  lies: { rows: number; x: Layout; w1: Layout; w2: Layout; y?: Layout },
): Tensor[] {
  const [x, t, w1, w2] = tensors(rig, [
    [lies.rows, width],
    [lies.rows, width],
    [width, hidden],
    [hidden, width],
  ]) as [Tensor, Tensor, Tensor, Tensor];
  const [data, target] = [place(x, lies.x), place(t, lies.x)];
  const loss = (weights: readonly Tensor[]): Tensor => {
    const y = data.matmul(pick(weights, 0)).tanh().matmul(pick(weights, 1));
    return (lies.y === undefined ? y : place(y, lies.y)).sub(target).square().sum();
  };
  return stepped(rig, loss, [place(w1, lies.w1), place(w2, lies.w2)]).map((w, index) =>
    place(w, index === 0 ? lies.w1 : lies.w2),
  );
}

/** Weights after a step down the slope. */
function stepped(
  { cell }: MeshCell,
  loss: (weights: readonly Tensor[]) => Tensor,
  weights: readonly Tensor[],
): Tensor[] {
  const slopes = cell.grad(loss)(weights);
  return weights.map((w, index) => w.sub(pick(slopes, index).mul(0.01)));
}

/** For each number of ranks. */
export const programs: Readonly<Record<string, (ranks: number) => Program>> = {
  "a product, rows": () => ({
    bytes: 0,
    run: (rig, place) => {
      const [a, b] = tensors(rig, [
        [64, 32],
        [32, 48],
      ]) as [Tensor, Tensor];
      return [place(a, split(0)).matmul(place(b, whole))];
    },
  }),
  "a product, the inner axis, whole on all": (ranks) => ({
    bytes: 2 * (ranks - 1) * 64 * 16 * 4,
    run: (rig, place) => {
      const [a, b] = tensors(rig, [
        [64, 128],
        [128, 16],
      ]) as [Tensor, Tensor];
      return [place(place(a, split(1)).matmul(place(b, split(0))), whole)];
    },
  }),
  "attention, heads": () => ({
    bytes: 0,
    run: (rig, place) => {
      const [q, k, v] = tensors(rig, [
        [8, 16, 8],
        [8, 16, 8],
        [8, 16, 8],
      ]).map((x) => place(x, split(0))) as [Tensor, Tensor, Tensor];
      return [q.attention(k, v, { causal: true })];
    },
  }),
  "attention around a ring": (ranks) => ({
    bytes: (ranks - 1) * 64 * 8 * 4,
    run: (rig, place) => ring(rig, place, ranks),
  }),
  "training, attention around a ring": (ranks) => ({
    bytes: (2 * (ranks - 1) * 64 * 8 + 3 * 2 * (ranks - 1) * 8 * 8) * 4,
    run: (rig, place) => ringStep(rig, place, ranks),
  }),
  "training, data parallel": (ranks) => ({
    bytes: 2 * (ranks - 1) * 2 * width * hidden * 4,
    run: (rig, place) => trained(rig, place, { rows: 64, x: split(0), w1: whole, w2: whole }),
  }),
  "training, tensor parallel": (ranks) => ({
    bytes: 2 * (ranks - 1) * 8 * width * 4,
    run: (rig, place) => trained(rig, place, { rows: 8, x: whole, w1: split(1), w2: split(0), y: whole }),
  }),
  "training, a pipeline of micro-batches": (ranks) => ({
    bytes: 2 * (ranks - 1) * 4 * 8 * width * 4,
    run: (rig, place) => pipeline(rig, place, ranks),
  }),
  "training, expert parallel": (ranks) => ({
    bytes: 3 * (ranks - 1) * experts * room * width * 4,
    run: (rig, place) => expertStep(rig, place, ranks),
  }),
};

/** Queries, keys and values, each in pieces by rank. */
type Pieces = readonly [readonly Tensor[], readonly Tensor[], readonly Tensor[]];

/** Causal attention of 64 tokens, whose pieces lie at ranks. */
function ring(rig: MeshCell, place: Place, ranks: number): Tensor[] {
  const pieces = tensors(rig, [
    [64, 8],
    [64, 8],
    [64, 8],
  ]).map((x) => x.split(ranks).map((piece, rank) => place(piece, at(rank))));
  return around(place, pieces as unknown as Pieces);
}

/** A step of training three projections, of which every rank has a copy, before attention around a ring. */
function ringStep(rig: MeshCell, place: Place, ranks: number): Tensor[] {
  const [x, ...projections] = tensors(rig, [[64, 8], ...Array.from({ length: 3 }, () => [8, 8])]) as [
    Tensor,
    ...Tensor[],
  ];
  const pieces = x.split(ranks).map((piece, rank) => place(piece, at(rank)));
  const loss = (weights: readonly Tensor[]): Tensor => {
    const projected = weights.map((w) => pieces.map((piece, rank) => piece.matmul(place(w, at(rank)))));
    return around(place, projected as unknown as Pieces)
      .map((out) => out.square().sum())
      .reduce((sum, one) => sum.add(one));
  };
  const weights = projections.map((w) => place(w, whole));
  return stepped(rig, loss, weights).map((w) => place(w, whole));
}

/** Keys and values go to those that come after. */
function around(place: Place, [q, k, v]: Pieces): Tensor[] {
  return q.map((mine, rank) => {
    let state = seen(mine, pick(k, rank), pick(v, rank), true);
    for (let from = rank - 1; from >= 0; from--)
      state = merged(
        state,
        seen(mine, place(pick(k, from), at(rank)), place(pick(v, from), at(rank)), false),
      );
    return state.sum.div(state.weight);
  });
}

interface Seen {
  readonly sum: Tensor;
  readonly weight: Tensor;
  readonly most: Tensor;
}

function seen(q: Tensor, k: Tensor, v: Tensor, causal: boolean): Seen {
  const all = q.matmul(k.T).div(Math.sqrt(8));
  const scores = causal ? all.tril().add(all.mul(0).add(-1e9).triu(1)) : all;
  const most = scores.max(-1, { keep: true });
  const weights = scores.sub(most).exp();
  return { most, weight: weights.sum(-1, { keep: true }), sum: weights.matmul(v) };
}

function merged(a: Seen, b: Seen): Seen {
  const most = a.most.maximum(b.most);
  const [first, second] = [a.most.sub(most).exp(), b.most.sub(most).exp()];
  return {
    most,
    weight: a.weight.mul(first).add(b.weight.mul(second)),
    sum: a.sum.mul(first).add(b.sum.mul(second)),
  };
}

/** One layer a rank, four pieces of eight rows: what a stage makes goes to the next, and slopes come back. */
function pipeline(rig: MeshCell, place: Place, ranks: number): Tensor[] {
  const pieces = tensors(
    rig,
    Array.from({ length: 4 }, () => [8, width]),
  ).map((x) => place(x, at(0)));
  const weights = tensors(
    rig,
    Array.from({ length: ranks }, () => [width, width]),
  ).map((w, rank) => place(w, at(rank)));
  const loss = (all: readonly Tensor[]): Tensor =>
    pieces
      .map((piece) =>
        all
          .reduce((x, w, rank) => place(x, at(rank)).matmul(w).tanh(), piece)
          .square()
          .sum(),
      )
      .reduce((sum, one) => sum.add(one));
  return stepped(rig, loss, weights).map((w, rank) => place(w, at(rank)));
}

const [experts, room] = [8, 2];

/** Tokens go to the ranks of their experts and back; each rank has `room` places for every expert. */
function expertStep(rig: MeshCell, place: Place, ranks: number): Tensor[] {
  const [x, up, down, target] = tensors(rig, [
    [ranks, 8, width],
    [experts, width, hidden],
    [experts, hidden, width],
    [ranks, 8, width],
  ]) as [Tensor, Tensor, Tensor, Tensor];
  const slots = rig.cell.tensor(
    Array.from({ length: ranks * experts * room }, (_, slot) => (slot * 5) % 8),
    { shape: [ranks, experts * room], dtype: "i32" },
  );
  const sent = place(slots.oneHot(8, "f32"), split(0));
  const tokens = place(x, split(0));
  const loss = (all: readonly Tensor[]): Tensor => {
    const [first, second] = all as [Tensor, Tensor];
    const parted = sent.matmul(tokens).reshape(ranks, experts, room, width).permute(1, 0, 2, 3);
    const given = place(parted, split(0)).reshape(experts, ranks * room, width);
    const made = given.matmul(first).tanh().matmul(second).reshape(experts, ranks, room, width);
    const back = place(made, split(1))
      .permute(1, 0, 2, 3)
      .reshape(ranks, experts * room, width);
    return sent.T.matmul(back)
      .sub(place(target, split(0)))
      .square()
      .sum();
  };
  const weights = [place(up, split(0)), place(down, split(0))];
  return stepped(rig, loss, weights).map((w) => place(w, split(0)));
}
