import type { Launch, LaunchArgument, NodeId, TensorType, TileKernel } from "@tilebook/ir";
import { Expr, pick } from "../expr.ts";
import type { Bound } from "./arguments.ts";

/** One launch as an expression; its `results` are the tensors it makes, in the order of its outputs. */
export function callOf(kernel: TileKernel, grid: Launch["grid"], bound: readonly Bound[]): Expr {
  const outputs = bound.flatMap((value) => (value.kind === "output" ? [value.type] : []));
  const call = Expr.of({
    type: pick(outputs, 0),
    inputs: bound.flatMap((value) => readOf(value)),
    kernel,
    make: (ids, index) => ({
      kind: "tileCall",
      launch: { kernel: index, grid, arguments: toArguments(bound, ids) },
      outputs,
    }),
  });
  call.results = outputs.map((type, index) => resultOf(call, type, index));
  return call;
}

function resultOf(call: Expr, type: TensorType, index: number): Expr {
  return Expr.of({ type, inputs: [call], make: (ids) => ({ kind: "result", call: pick(ids, 0), index }) });
}

function readOf(value: Bound): readonly Expr[] {
  if (value.kind === "input") return [value.expr];
  return value.kind === "output" && value.from !== undefined ? [value.from] : [];
}

/** `ids` are the nodes of what `readOf` gave, in order. */
function toArguments(bound: readonly Bound[], ids: readonly NodeId[]): readonly LaunchArgument[] {
  let inputs = 0;
  let outputs = 0;
  return bound.map((value) => {
    switch (value.kind) {
      case "input":
        return { kind: "node", node: pick(ids, inputs++) };
      case "output":
        return {
          kind: "output",
          index: outputs++,
          ...(value.from === undefined ? {} : { from: pick(ids, inputs++) }),
          ...(value.over === undefined ? {} : { over: value.over }),
        };
      case "scalar":
        return value;
    }
  });
}
