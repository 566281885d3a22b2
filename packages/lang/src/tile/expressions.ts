import type {
  ArrayExpression,
  AssignmentExpression,
  CallExpression,
  ConditionalExpression,
  Expression,
  Literal,
  LogicalExpression,
  MemberExpression,
  ObjectExpression,
  TemplateLiteral,
} from "acorn";
import { dispatch, isIdentifier, plain, type SyntaxNode, type Visitor } from "../syntax.ts";
import { tileGlobals } from "../vocabulary.ts";
import { assign, update } from "./assign.ts";
import { chooseExpression } from "./branch.ts";
import { type Call, callFunction, wholeConstant } from "./call.ts";
import type { At } from "./context.ts";
import type { Operand } from "./convert.ts";
import { tileFunction } from "./functions.ts";
import { callHelper } from "./helpers.ts";
import { lookUp, refusePrefix } from "./lookup.ts";
import type { Lowering } from "./lowering.ts";
import { memberHint, memberOf } from "./members.ts";
import { binaryOperator, maskOf, unaryOperator } from "./operators.ts";
import { cast } from "./shapes.ts";
import { constant, describe, type HelperValue, type Value } from "./value.ts";

/** What an expression of the kernel is. The last op it takes gets `label`. */
export function lowerExpression(lowering: Lowering, syntax: SyntaxNode, label?: string): Value {
  const node = plain(syntax);
  const at: At = { node, label };
  const operand = (part: SyntaxNode): Operand => ({ value: lowering.expression(part), node: part });
  const visitor: Visitor<Value> = {
    Identifier: (name) => lookUp(lowering, name),
    Literal: (literal) => lowerLiteral(lowering, literal),
    BinaryExpression: ({ operator, left, right }) =>
      binaryOperator(lowering.context, operator, { left: operand(left), right: operand(right) }, at),
    UnaryExpression: ({ operator, argument }) =>
      unaryOperator(lowering.context, operator, operand(argument), at),
    LogicalExpression: (logical) => lowerLogical(lowering, logical, at),
    ConditionalExpression: (choice) => lowerChoice(lowering, choice, at),
    CallExpression: (call) => lowerCall(lowering, call, at),
    TemplateLiteral: (template) => lowerTemplate(lowering, template),
    MemberExpression: (member) => lowerMember(lowering, member, at),
    ArrayExpression: (array) => lowerArray(lowering, array),
    ObjectExpression: (object) => lowerObject(lowering, object),
    AssignmentExpression: (assignment) => assign(lowering, assignment),
    UpdateExpression: (counting) => update(lowering, counting),
    ArrowFunctionExpression: (helper) => ({ kind: "helper", node: helper }),
    FunctionExpression: (helper) => ({ kind: "helper", node: helper }),
    SequenceExpression: ({ expressions }) =>
      expressions.map((part) => lowering.expression(part)).at(-1) ?? constant(undefined),
  };
  return dispatch(visitor, node, () => refuse(lowering, node));
}

const why: Readonly<Record<string, string | undefined>> = {
  AwaitExpression: "a kernel does not wait",
  NewExpression: "a kernel makes no objects",
  ThisExpression: "a kernel has no `this`",
  TaggedTemplateExpression: "a kernel makes no texts",
  ClassExpression: "a kernel makes no classes",
  ChainExpression: "write it without `?.`",
  YieldExpression: "a kernel is no generator",
};

function refuse(lowering: Lowering, node: Expression): never {
  const message = "this does not work in a kernel";
  throw lowering.context.fault("kernel/unsupported", node, message, why[node.type]);
}

function lowerLiteral({ context }: Lowering, node: Literal): Value {
  const { value } = node;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string")
    return constant(value);
  if (value === null && node.raw === "null") return constant(undefined);
  throw context.fault("kernel/unsupported", node, `${node.raw ?? "this"} has no meaning in a kernel`);
}

/** A text of constants, as a label of print or assert. */
function lowerTemplate(lowering: Lowering, node: TemplateLiteral): Value {
  const parts = node.quasis.map(({ value }, index) => {
    const part = node.expressions[index];
    if (part === undefined) return value.cooked ?? "";
    const inner = lowering.expression(part);
    if (inner.kind === "constant") return `${value.cooked ?? ""}${String(inner.value)}`;
    const hint = "print takes values beside the text: print(`row`, row)";
    throw lowering.context.fault(
      "kernel/not-constant",
      part,
      "a text in a kernel holds constants only",
      hint,
    );
  });
  return constant(parts.join(""));
}

/** `&&` and `||`: constants decide alone, as in JavaScript; masks are combined element by element. */
function lowerLogical(lowering: Lowering, node: LogicalExpression, at: At): Value {
  const { operator } = node;
  const left: Operand = { value: lowering.expression(node.left), node: node.left };
  if (operator === "??") {
    const hint = "a mask and `other` stand for what is missing: load(x + at, inside, 0)";
    throw lowering.context.fault("kernel/unsupported", node, "nothing is null in a kernel", hint);
  }
  const decides = (value: Value): boolean =>
    value.kind === "constant" && !value.value === (operator === "&&");
  if (left.value.kind === "constant")
    return decides(left.value) ? left.value : lowering.expression(node.right, at.label);
  const right: Operand = { value: lowering.expression(node.right), node: node.right };
  const what = `\`${operator}\``;
  const mask = maskOf(lowering.context, left, what);
  if (right.value.kind === "constant") return decides(right.value) ? right.value : mask;
  const other = maskOf(lowering.context, right, what);
  const sides = { left: { value: mask, node: left.node }, right: { value: other, node: right.node } };
  return binaryOperator(lowering.context, operator === "&&" ? "&" : "|", sides, at);
}

function lowerChoice(lowering: Lowering, node: ConditionalExpression, at: At): Value {
  const condition: Operand = { value: lowering.expression(node.test), node: node.test };
  if (condition.value.kind === "constant") {
    return lowering.expression(condition.value.value ? node.consequent : node.alternate, at.label);
  }
  return chooseExpression(lowering, condition, node, at);
}

function lowerCall(lowering: Lowering, node: CallExpression, at: At): Value {
  const { context } = lowering;
  const callee = plain(node.callee);
  const method = callee.type === "MemberExpression" ? methodCall(lowering, callee, node, at) : undefined;
  if (method !== undefined) return method;
  const target = lowering.expression(callee);
  const call: Call = callOf(lowering, lowerArguments(lowering, node), at);
  if (target.kind === "helper") return callHelper(lowering, target.node, call);
  const found = target.kind === "function" ? tileFunction(target.name) : undefined;
  if (target.kind === "function" && found !== undefined) return callFunction(found, target.name, call);
  const hidden = isIdentifier(callee) && tileGlobals.includes(callee.name);
  const own = hidden ? `this cell's own \`${callee.name}\` hides the tile function; rename it` : undefined;
  const hint = target.kind === "foreign" ? target.hint : own;
  throw context.fault("kernel/not-a-function", callee, `${describe(target)} cannot be called here`, hint);
}

/** A call at `at`; functions given as arguments can be called from it. */
function callOf(lowering: Lowering, args: readonly Operand[], at: At): Call {
  const apply = (helper: HelperValue, values: readonly Value[]): Value => {
    const operands = values.map((value) => ({ value, node: at.node }));
    return callHelper(lowering, helper.node, callOf(lowering, operands, { node: at.node }));
  };
  return { context: lowering.context, args, at, apply };
}

/** `x.to("f16")`; undefined when the callee is no method of a value. */
function methodCall(
  lowering: Lowering,
  callee: MemberExpression,
  node: CallExpression,
  at: At,
): Value | undefined {
  const { property } = callee;
  if (callee.computed || !isIdentifier(property)) return undefined;
  if (property.name !== "to" && property.name !== "with") return undefined;
  const operand: Operand = { value: lowering.expression(callee.object), node: callee.object };
  if (property.name === "with") return changedList(lowering, operand, node);
  if (operand.value.kind === "record") return undefined;
  const call = callOf(lowering, lowerArguments(lowering, node), at);
  return callFunction(
    { usage: 'x.to("f16")', least: 1, most: 1, lower: (inner) => cast(inner, operand) },
    "to",
    call,
  );
}

/** `list.with(k, value)`: the same array with another item at a place that is known. */
function changedList(lowering: Lowering, { value }: Operand, node: CallExpression): Value | undefined {
  if (value.kind !== "list") return undefined;
  const [place, item, ...more] = lowerArguments(lowering, node);
  if (place === undefined || item === undefined || more.length > 0) {
    const message = "with takes a place and a value";
    throw lowering.context.fault("kernel/arguments", node, message, "write list.with(k, value)");
  }
  const index = wholeConstant(lowering.context, place, "a place in an array");
  const last = value.items.length - 1;
  if (index >= 0 && index <= last) return { kind: "list", items: value.items.with(index, item.value) };
  const message = `there is no item ${index}`;
  throw lowering.context.fault("kernel/no-member", place.node, message, `its items are 0 to ${last}`);
}

function lowerArguments(lowering: Lowering, node: CallExpression): readonly Operand[] {
  return node.arguments.flatMap((item): readonly Operand[] => {
    if (item.type === "AssignmentExpression" && item.operator === "=") throw byName(lowering, item);
    if (item.type !== "SpreadElement") return [{ value: lowering.expression(item), node: item }];
    return spread(lowering, item.argument).map((value) => ({ value, node: item }));
  });
}

/** `load(x, mask=inside)`: in JavaScript an assignment. */
function byName({ context }: Lowering, node: AssignmentExpression): Error {
  const name = isIdentifier(node.left) ? node.left.name : "name";
  const message = `\`${name} = ...\` would change a variable; arguments are told by their place`;
  const hint = "write the value alone: load(x, inside, 0); options stand in an object: { keepDims: true }";
  return context.fault("kernel/arguments", node, message, hint);
}

function spread(lowering: Lowering, node: Expression): readonly Value[] {
  const value = lowering.expression(node);
  if (value.kind === "list") return value.items;
  throw lowering.context.fault("kernel/type", node, `only arrays can be spread, not ${describe(value)}`);
}

function lowerArray(lowering: Lowering, node: ArrayExpression): Value {
  const items = node.elements.flatMap((item): readonly Value[] => {
    if (item === null) return [constant(undefined)];
    return item.type === "SpreadElement" ? spread(lowering, item.argument) : [lowering.expression(item)];
  });
  return { kind: "list", items };
}

function lowerObject(lowering: Lowering, node: ObjectExpression): Value {
  const fields = new Map<string, Value>();
  for (const property of node.properties) {
    if (property.type === "SpreadElement") {
      spreadFields(lowering, property.argument).forEach((value, name) => fields.set(name, value));
      continue;
    }
    const key = property.computed ? undefined : property.key;
    if (key === undefined || property.kind !== "init") {
      throw lowering.context.fault(
        "kernel/unsupported",
        property,
        "an object in a kernel has plain fields only",
      );
    }
    const name = isIdentifier(key) ? key.name : String(key.type === "Literal" ? key.value : "");
    fields.set(name, lowering.expression(property.value));
  }
  return { kind: "record", fields };
}

function spreadFields(lowering: Lowering, node: Expression): ReadonlyMap<string, Value> {
  const value = lowering.expression(node);
  if (value.kind === "record") return value.fields;
  const message = `only objects can be spread here, not ${describe(value)}`;
  throw lowering.context.fault("kernel/type", node, message);
}

function lowerMember(lowering: Lowering, node: MemberExpression, at: At): Value {
  refusePrefix(lowering, node);
  const operand: Operand = { value: lowering.expression(node.object), node: node.object };
  if (node.computed && operand.value.kind === "pointer") {
    const message = "a pointer is not indexed by brackets";
    throw lowering.context.fault("kernel/no-member", node, message, memberHint(operand.value));
  }
  const key = memberKey(lowering, node);
  const found = memberOf(lowering, operand, key, at);
  if (found !== undefined) return found;
  const hint = memberHint(operand.value, key);
  throw lowering.context.fault(
    "kernel/no-member",
    node,
    `${describe(operand.value)} has no \`${key}\``,
    hint,
  );
}

function memberKey(lowering: Lowering, node: MemberExpression): string {
  const { property } = node;
  if (!node.computed && isIdentifier(property)) return property.name;
  if (property.type === "PrivateIdentifier") return `#${property.name}`;
  const key = lowering.expression(property);
  if (key.kind === "constant") return String(key.value);
  const hint =
    "a tile is loaded with load(pointer + offsets); an array of constants takes an index known while compiling";
  throw lowering.context.fault("kernel/not-constant", property, `${describe(key)} cannot be an index`, hint);
}
