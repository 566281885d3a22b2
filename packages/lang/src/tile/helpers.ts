import type { Function as FunctionNode } from "acorn";
import { field, type SyntaxNode } from "../syntax.ts";
import { declareVariable, place } from "./assign.ts";
import type { Call } from "./call.ts";
import { alwaysJumps, functionFrame, inFrame } from "./jumps.ts";
import type { Lowering } from "./lowering.ts";
import { constant, nothing, type Value } from "./value.ts";

const deepestCalls = 64;

/** Calls a function of the cell by putting its body here. */
export function callHelper(lowering: Lowering, node: FunctionNode, call: Call): Value {
  const { active } = lowering;
  refuseCall(lowering, node, call);
  active.push(node);
  try {
    node.params.forEach((param, index) => {
      const value = call.args[index]?.value ?? constant(undefined);
      const rest: Value = { kind: "list", items: call.args.slice(index).map((operand) => operand.value) };
      if (param.type === "RestElement") place(lowering, param.argument, rest, declareVariable);
      else place(lowering, param, value, declareVariable);
    });
    if (node.body.type !== "BlockStatement") return lowering.expression(node.body, call.at.label);
    return resultOf(lowering, node, node.body.body);
  } finally {
    active.pop();
  }
}

function resultOf(lowering: Lowering, node: FunctionNode, body: readonly SyntaxNode[]): Value {
  const frame = functionFrame(node);
  const { context, variables } = lowering;
  variables.set(frame.result, nothing);
  inFrame(lowering, frame, () => lowering.statements(body));
  const result = variables.get(frame.result) ?? nothing;
  const left = variables.get(frame.stop);
  const always = (left?.kind === "constant" && left.value === true) || alwaysJumps(body);
  if (always || (result.kind === "constant" && result.value === undefined)) return result;
  const message = "this function gives a value back on some ways through it, and nothing on others";
  throw context.fault("kernel/return", body.at(-1) ?? node, message, "end it with return and a value");
}

function refuseCall({ context, active }: Lowering, node: FunctionNode, call: Call): void {
  if (active.includes(node) || active.length > deepestCalls) {
    const message = "a function in a kernel cannot call itself: calls are written out while compiling";
    throw context.fault("kernel/recursion", call.at.node, message, "use a loop");
  }
  if (node.async || node.generator) {
    throw context.fault("kernel/unsupported", call.at.node, "a kernel calls plain functions only");
  }
  const most = node.params.some((param) => param.type === "RestElement") ? Infinity : node.params.length;
  const least = node.params.filter(
    (param) => param.type !== "AssignmentPattern" && param.type !== "RestElement",
  ).length;
  const optional = node.params.filter((param) => field(param, "optional") === true).length;
  const { length } = call.args;
  if (length >= least - optional && length <= most) return;
  const wanted = least === most ? `${least}` : `${least - optional} to ${most}`;
  throw context.fault(
    "kernel/arguments",
    call.at.node,
    `this function takes ${wanted} arguments, not ${length}`,
  );
}
