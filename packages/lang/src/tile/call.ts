import type { SyntaxNode } from "../syntax.ts";
import type { At, Context } from "./context.ts";
import type { Operand } from "./convert.ts";
import { describe, type HelperValue, nothing, type Value } from "./value.ts";

/** One call of a tile function. */
export interface Call {
  readonly context: Context;
  readonly args: readonly Operand[];
  /** The call itself. */
  readonly at: At;
  /** Calls a function of the cell, written out at this place. */
  readonly apply: (helper: HelperValue, args: readonly Value[]) => Value;
}

export interface TileFunction {
  /** How it is called: "load(pointer, mask?, other?)". */
  readonly usage: string;
  readonly least: number;
  readonly most: number;
  readonly lower: (call: Call) => Value;
}

/** Calls `found` when the number of arguments fits. */
export function callFunction(found: TileFunction, name: string, call: Call): Value {
  const { args, context, at } = call;
  if (args.length >= found.least && args.length <= found.most) return found.lower(call);
  const wanted = found.least === found.most ? `${found.least}` : `${found.least} to ${found.most}`;
  const plural = found.most === 1 ? "argument" : "arguments";
  throw context.fault(
    "kernel/arguments",
    at.node,
    `${name} takes ${wanted} ${plural}, not ${args.length}`,
    `write ${found.usage}`,
  );
}

/** The argument at `index`. */
export function argument(call: Call, index: number): Operand {
  return call.args[index] ?? { value: nothing, node: call.at.node };
}

/** The argument at `index`, unless it is left out or `undefined`. */
export function given(call: Call, index: number): Operand | undefined {
  const operand = call.args[index];
  const missing = operand?.value.kind === "constant" && operand.value.value === undefined;
  return missing ? undefined : operand;
}

/** An axis and then options, `f(x, axis, { reverse: true })`; either may be left out. */
export function axisAndOptions(
  call: Call,
  index: number,
): { readonly axis: Operand | undefined; readonly options: Operand | undefined } {
  const here = given(call, index);
  return here?.value.kind === "record"
    ? { axis: undefined, options: here }
    : { axis: here, options: given(call, index + 1) };
}

/** What is switched on in `{ reverse: true }`, known while compiling. A plain `true` means the first one. */
export function flagsOf(
  { context, at }: Call,
  options: Operand | undefined,
  known: readonly [string, ...string[]],
): ReadonlySet<string> {
  const { value, node } = options ?? { value: nothing, node: at.node };
  const fields = value.kind === "record" ? value.fields : new Map(options && [[known[0], value]]);
  const unknown = [...fields.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const hint = `there ${known.length === 1 ? "is" : "are"} ${known.join(" and ")}`;
    throw context.fault("kernel/arguments", node, `there is no option \`${unknown}\``, hint);
  }
  const flags = [...fields].filter(([name, flag]) => {
    if (flag.kind === "constant" && typeof flag.value === "boolean") return flag.value;
    const message = `\`${name}\` is true or false while compiling, not ${describe(flag)}`;
    throw context.fault("kernel/not-constant", node, message, `write { ${name}: true }`);
  });
  return new Set(flags.map(([name]) => name));
}

/** A whole number known while compiling. */
export function wholeConstant(context: Context, operand: Operand, what: string): number {
  const { value, node } = operand;
  if (value.kind === "constant" && typeof value.value === "number" && Number.isSafeInteger(value.value)) {
    return value.value;
  }
  throw notConstant(
    context,
    node,
    `${what} must be a whole number known while compiling, not ${describe(value)}`,
  );
}

/** A list of whole numbers known while compiling. */
export function wholeConstants(context: Context, operand: Operand, what: string): readonly number[] {
  const { value, node } = operand;
  if (value.kind !== "list") {
    const message = `${what} must be an array such as [BM, BN], not ${describe(value)}`;
    throw context.fault("kernel/not-constant", node, message, "sizes and axes stand in brackets");
  }
  return value.items.map((item, index) =>
    wholeConstant(context, { value: item, node }, `item ${index} of ${what}`),
  );
}

/** A text known while compiling. */
export function textConstant(context: Context, operand: Operand, what: string): string {
  const { value, node } = operand;
  if (value.kind === "constant" && typeof value.value === "string") return value.value;
  throw notConstant(context, node, `${what} must be a text known while compiling, not ${describe(value)}`);
}

function notConstant(context: Context, node: SyntaxNode, message: string): Error {
  return context.fault("kernel/not-constant", node, message, "declare it as a const outside of the kernel");
}
