import type { NodeId, TensorType } from "@tilebook/ir";
import type { RankBuilder } from "./rank-builder.ts";
import { rangesOf, type Sbp } from "./sbp.ts";

interface Place {
  /** Of the whole tensor. */
  readonly type: TensorType;
  readonly rank: number;
  readonly ranks: number;
}

/** A rank's part, along an axis, of a tensor that is whole on that axis. */
export function part(
  builder: RankBuilder,
  input: NodeId,
  { type, axis, rank, ranks }: Place & { readonly axis: number },
): NodeId {
  const { dtype, shape } = builder.typeAt(input);
  const range = rangesOf(type.shape[axis] ?? 0, ranks)[rank] ?? { start: 0, end: 0 };
  const start = shape.map((_, index) => (index === axis ? range.start : 0));
  return builder.add({
    kind: "slice",
    input,
    start,
    type: { dtype, shape: shape.with(axis, range.end - range.start) },
  });
}

/** What a rank has, as a term of a sum: what is whole on one rank or on all counts once, parts stand among zeros. */
export function among(
  builder: RankBuilder,
  value: string,
  { type, sbp, rank, ranks }: Place & { readonly sbp: Sbp },
): NodeId {
  const counts = sbp.kind === "at" ? sbp.rank : 0;
  if (sbp.kind !== "split") return rank === counts ? builder.read(value) : zeros(builder, type);
  const offset = rangesOf(type.shape[sbp.axis] ?? 0, ranks)[rank]?.start ?? 0;
  const start = type.shape.map((_, index) => (index === sbp.axis ? offset : 0));
  const [input, into] = [builder.read(value), zeros(builder, type)];
  return builder.add({ kind: "paste", input, into, start, type });
}

/** Parts behind one another along an axis, in order. */
export function joined(
  builder: RankBuilder,
  pieces: readonly NodeId[],
  { type, axis }: { readonly type: TensorType; readonly axis: number },
): NodeId {
  let offset = 0;
  return builder.together(() =>
    pieces.reduce(
      (into, input) => {
        const start = type.shape.map((_, index) => (index === axis ? offset : 0));
        offset += builder.typeAt(input).shape[axis] ?? 0;
        return builder.add({ kind: "paste", input, into, start, type });
      },
      zeros(builder, type),
    ),
  );
}

/** Terms put together, the first two first. */
export function added(builder: RankBuilder, terms: readonly NodeId[], sbp: Sbp): NodeId {
  const op = sbp.kind !== "partial" || sbp.op === "sum" ? "add" : sbp.op;
  return builder.together(() =>
    terms.reduce((left, right) =>
      builder.add({ kind: "binary", op, left, right, type: builder.typeAt(left) }),
    ),
  );
}

interface Cutting {
  /** Of the whole tensor. */
  readonly type: TensorType;
  readonly axis: number;
  readonly ranks: number;
  readonly nameOf: (rank: number) => string;
}

/** Cuts a value into the parts of all ranks, by one task. */
export function cutInto(builder: RankBuilder, input: NodeId, { nameOf, ranks, ...place }: Cutting): void {
  builder.together(() => {
    for (let rank = 0; rank < ranks; rank++)
      builder.name(nameOf(rank), part(builder, input, { ...place, rank, ranks }));
  });
}

function zeros(builder: RankBuilder, type: TensorType): NodeId {
  return builder.add({ kind: "fill", value: 0, type });
}
