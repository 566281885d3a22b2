import { showType } from "@tilebook/ir";
import type { SyntaxNode } from "../syntax.ts";
import { argument, type Call, given, textConstant, type TileFunction } from "./call.ts";
import { asTile, numeric, type Operand, tile, withShape } from "./convert.ts";
import { maskOf } from "./operators.ts";
import { describe, nothing, type Value } from "./value.ts";

/** A text of the IR has at most so many characters. */
const mostText = 200;

/** What a kernel tells the person, and what it takes for granted. */
export const sayFunctions: Readonly<Record<string, TileFunction>> = {
  print: { usage: 'print("label", value, ...)', least: 1, most: 9, lower: print },
  assert: { usage: 'assert(condition, "what must hold")', least: 1, most: 3, lower: assert },
  staticAssert: {
    usage: 'staticAssert(condition, "what must hold")',
    least: 1,
    most: 2,
    lower: staticAssert,
  },
  staticPrint: { usage: 'staticPrint("label", value)', least: 1, most: 9, lower: staticPrint },
  assume: { usage: "assume(condition)", least: 1, most: 1, lower: assume },
  multipleOf: { usage: "multipleOf(x, n)", least: 2, most: 2, lower: (call) => argument(call, 0).value },
  maxContiguous: {
    usage: "maxContiguous(x, n)",
    least: 2,
    most: 2,
    lower: (call) => argument(call, 0).value,
  },
  maxConstancy: { usage: "maxConstancy(x, n)", least: 2, most: 2, lower: (call) => argument(call, 0).value },
};

/** Each value under the label, or under the text of its expression. */
function print(call: Call): Value {
  const { context, at, args } = call;
  const [first, ...others] = args;
  const labelled = first?.value.kind === "constant" && typeof first.value.value === "string";
  const label = labelled ? textConstant(context, argument(call, 0), "a label") : undefined;
  for (const operand of labelled ? others : args) {
    const { node } = operand;
    if (operand.value.kind === "constant" && typeof operand.value.value === "string") {
      const hint = 'one label, and then values: print("row", row)';
      throw context.fault("kernel/type", node, "print takes one text, and it comes first", hint);
    }
    const value = asTile(context, numeric(context, operand, "print"), { node });
    const text = cut(label ?? nameOf(node));
    context.builder.print({ text, value: value.id }, { span: context.mark(at.node) });
  }
  return nothing;
}

function nameOf(node: SyntaxNode): string {
  return "name" in node && typeof node.name === "string" ? node.name : "";
}

function cut(text: string): string {
  return text.length <= mostText ? text : `${text.slice(0, mostText - 1)}…`;
}

function assert(call: Call): Value {
  const { context, at } = call;
  const operand = argument(call, 0);
  if (operand.value.kind === "constant") return staticAssert(call);
  const condition = maskOf(context, operand, "assert");
  const mask = given(call, 2);
  const text = cut(messageOf(call));
  if (mask === undefined) {
    context.builder.assert(condition.id, text, { span: context.mark(at.node) });
    return nothing;
  }
  // Where the mask is false nothing is asserted: not mask, or condition.
  const inner = { node: at.node };
  const where = maskOf(context, mask, "the mask");
  const free = context.builder.unary("not", where.id, context.note(inner));
  const sides = [tile(context, free), condition].map((side) =>
    withShape(context, side, condition.type.shape, inner),
  );
  const either = context.builder.binary("or", sides[0]?.id ?? -1, sides[1]?.id ?? -1, context.note(inner));
  context.builder.assert(either, text, { span: context.mark(at.node) });
  return nothing;
}

function messageOf(call: Call): string {
  const text = given(call, 1);
  return text === undefined ? "a condition does not hold" : textConstant(call.context, text, "the message");
}

/** Decided while compiling. */
function staticAssert(call: Call): Value {
  const { context, at } = call;
  const { value, node } = argument(call, 0);
  if (value.kind !== "constant") {
    const message = `staticAssert decides while compiling, but this is ${describe(value)}`;
    throw context.fault(
      "kernel/not-constant",
      node,
      message,
      "use assert for what is known when the kernel runs",
    );
  }
  if (value.value) return nothing;
  throw context.fault("kernel/static-assert", at.node, `does not hold: ${messageOf(call)}`);
}

/** Says what its arguments are while compiling: constants by their value, everything else by its type. */
function staticPrint({ context, at, args }: Call): Value {
  const text = args.map(({ value }) => shown(value)).join(" ");
  context.remarks.push({ span: context.span(at.node), text });
  return nothing;
}

function shown(value: Value): string {
  if (value.kind === "constant") return String(value.value);
  if (value.kind === "tile") return showType(value.type);
  return value.kind === "list" ? `[${value.items.map(shown).join(", ")}]` : describe(value);
}

/** Something the compiler may rely on. It finds such things by itself, so this only checks that it is a condition. */
function assume(call: Call): Value {
  const operand: Operand = argument(call, 0);
  if (operand.value.kind !== "constant") maskOf(call.context, operand, "assume");
  return nothing;
}
