import { aNumber, anInteger, anObject, type Decoder, Fault, oneOf, optional, tagged } from "@tilebook/base";
import type { TableCell, TensorSummary, ValueTree } from "../output.ts";
import { type Budget, bounds } from "./bounds.ts";

const primitiveTypes = ["number", "string", "boolean", "bigint", "symbol", "null", "undefined"] as const;

/** A node of a tree is many objects, so it counts as that many things. */
const treeNodeCost = 8;

/** A value tree of bounded depth, width and size. */
export function treeDecoder(budget: Budget, depth = 0): Decoder<ValueTree> {
  let below: Decoder<ValueTree> | undefined;
  const child: Decoder<ValueTree> = (value, path) => {
    if (depth >= bounds.depth) throw new Fault("decode/range", `${path} is nested too deeply`);
    budget.spend(treeNodeCost);
    below ??= treeDecoder(budget, depth + 1);
    return below(value, path);
  };
  const group = anObject({
    type: budget.text(128),
    entries: budget.list(anObject({ key: budget.text(256), value: child }), bounds.entries),
    size: anInteger(0, Number.MAX_SAFE_INTEGER),
  });
  return tagged("kind", {
    primitive: anObject({
      type: oneOf(...primitiveTypes),
      text: budget.text(100_000),
    }),
    function: anObject({ name: budget.text(256) }),
    kernel: anObject({ name: budget.text(256) }),
    tensor: anObject({ tensor: tensorDecoder(budget) }),
    list: group,
    object: group,
    cut: anObject({}),
  });
}

export function tensorDecoder(budget: Budget): Decoder<TensorSummary> {
  const dimension = anInteger(0, Number.MAX_SAFE_INTEGER);
  return anObject({
    handle: budget.text(128),
    dtype: budget.text(32),
    shape: budget.list(dimension, bounds.rank),
    kept: optional(anObject({ format: budget.text(64), bits: aNumber })),
  });
}

export function tableCellDecoder(budget: Budget): Decoder<TableCell> {
  const text = budget.text(10_000);
  return (value, path) => {
    if (value === null || typeof value === "boolean") return value;
    return typeof value === "string" ? text(value, path) : aNumber(value, path);
  };
}
