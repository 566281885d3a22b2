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
  stage: number,
  input: NodeId,
  { type, axis, rank, ranks }: Place & { readonly axis: number },
): NodeId {
  const { dtype, shape } = builder.typeAt(stage, input);
  const range = rangesOf(type.shape[axis] ?? 0, ranks)[rank] ?? { start: 0, end: 0 };
  const start = shape.map((_, index) => (index === axis ? range.start : 0));
  return builder.add(stage, {
    kind: "slice",
    input,
    start,
    type: { dtype, shape: shape.with(axis, range.end - range.start) },
  });
}

/** What a rank has, as a term of a sum: whole tensors count once, parts stand among zeros. */
export function among(
  builder: RankBuilder,
  stage: number,
  input: NodeId,
  { type, sbp, rank, ranks }: Place & { readonly sbp: Sbp },
): NodeId {
  if (sbp.kind !== "split" && rank === 0) return input;
  const into = zeros(builder, stage, type);
  if (sbp.kind !== "split") return into;
  const offset = rangesOf(type.shape[sbp.axis] ?? 0, ranks)[rank]?.start ?? 0;
  const start = type.shape.map((_, index) => (index === sbp.axis ? offset : 0));
  return builder.add(stage, { kind: "paste", input, into, start, type });
}

/** Parts behind one another along an axis, in order. */
export function joined(
  builder: RankBuilder,
  stage: number,
  pieces: readonly NodeId[],
  { type, axis }: { readonly type: TensorType; readonly axis: number },
): NodeId {
  let offset = 0;
  return pieces.reduce(
    (into, input) => {
      const start = type.shape.map((_, index) => (index === axis ? offset : 0));
      offset += builder.typeAt(stage, input).shape[axis] ?? 0;
      return builder.add(stage, { kind: "paste", input, into, start, type });
    },
    zeros(builder, stage, type),
  );
}

/** Terms put together, the first two first. */
export function added(builder: RankBuilder, stage: number, terms: readonly NodeId[], sbp: Sbp): NodeId {
  const op = sbp.kind !== "partial" || sbp.op === "sum" ? "add" : sbp.op;
  return terms.reduce((left, right) =>
    builder.add(stage, { kind: "binary", op, left, right, type: builder.typeAt(stage, left) }),
  );
}

function zeros(builder: RankBuilder, stage: number, type: TensorType): NodeId {
  return builder.add(stage, { kind: "fill", value: 0, type });
}
