import type { AssignmentExpression, Identifier, UpdateExpression } from "acorn";
import { isInside } from "../kernels.ts";
import type { Binding } from "../names.ts";
import { dispatch, isIdentifier, type NodeOf, plain, type SyntaxNode, type Visitor } from "../syntax.ts";
import type { Lowering } from "./lowering.ts";
import { binaryOperator } from "./operators.ts";
import { constant, describe, type Value } from "./value.ts";

/** `target = value`, `target += value`, and patterns on the left. */
export function assign(lowering: Lowering, node: AssignmentExpression): Value {
  const target = plain(node.left);
  const label = isIdentifier(target) ? target.name : undefined;
  if (node.operator === "=") {
    const value = lowering.expression(node.right, label);
    place(lowering, target, value, setVariable);
    return value;
  }
  const operator = node.operator.slice(0, -1);
  if (target.type === "MemberExpression") throw member(lowering, target);
  if (!isIdentifier(target) || operator === "&&" || operator === "||" || operator === "??") {
    const hint = "write it out: name = name && other";
    throw lowering.context.fault("kernel/unsupported", node, `\`${node.operator}\` does not work here`, hint);
  }
  const left = { value: lowering.expression(target), node: target };
  const right = { value: lowering.expression(node.right), node: node.right };
  const value = binaryOperator(lowering.context, operator, { left, right }, { node, label });
  setVariable(lowering, target, value);
  return value;
}

/** `i++` and the like. */
export function update(lowering: Lowering, node: UpdateExpression): Value {
  const target = plain(node.argument);
  if (!isIdentifier(target)) {
    throw lowering.context.fault("kernel/unsupported", node, "only a variable can be counted up");
  }
  const before = lowering.expression(target);
  const sides = { left: { value: before, node: target }, right: { value: constant(1), node } };
  const after = binaryOperator(lowering.context, node.operator === "++" ? "+" : "-", sides, {
    node,
    label: target.name,
  });
  setVariable(lowering, target, after);
  return node.prefix ? after : before;
}

/** Arrays and objects of a kernel are values: a change of a part makes a new one. Memory is stored to. */
function member(lowering: Lowering, node: NodeOf<"MemberExpression">): Error {
  const object = lowering.expression(node.object);
  const name = isIdentifier(plain(node.object)) ? (plain(node.object) as Identifier).name : "list";
  const key = isIdentifier(node.property) ? node.property.name : "k";
  const hints: Readonly<Record<string, string | undefined>> = {
    list: `make it anew: ${name} = ${name}.with(${key}, value)`,
    record: `make it anew: ${name} = { ...${name}, ${key}: value }`,
  };
  const hint = hints[object.kind] ?? "write to memory with store(pointer + offsets, value)";
  return lowering.context.fault(
    "kernel/unsupported",
    node,
    "only variables can be assigned in a kernel",
    hint,
  );
}

type Put = (lowering: Lowering, node: Identifier, value: Value) => void;

/** Takes `value` apart as the pattern says and hands every name its part. */
export function place(lowering: Lowering, pattern: SyntaxNode, value: Value, put: Put): void {
  const { context } = lowering;
  const visitor: Visitor<void> = {
    Identifier: (name) => put(lowering, name, value),
    AssignmentPattern: ({ left, right }) => {
      const missing = value.kind === "constant" && value.value === undefined;
      place(lowering, left, missing ? lowering.expression(right) : value, put);
    },
    ArrayPattern: ({ elements }) => {
      if (value.kind !== "list")
        throw context.fault("kernel/type", pattern, `${describe(value)} is no array`);
      elements.forEach((element, index) => {
        if (element === null) return;
        const rest = element.type === "RestElement";
        const part: Value = rest
          ? { kind: "list", items: value.items.slice(index) }
          : (value.items[index] ?? constant(undefined));
        place(lowering, rest ? element.argument : element, part, put);
      });
    },
    ObjectPattern: ({ properties }) => {
      if (value.kind !== "record")
        throw context.fault("kernel/type", pattern, `${describe(value)} is no object`);
      for (const property of properties) {
        if (property.type === "RestElement" || property.computed || !isIdentifier(property.key)) {
          throw context.fault("kernel/unsupported", property, "name the fields you take");
        }
        place(lowering, property.value, value.fields.get(property.key.name) ?? constant(undefined), put);
      }
    },
  };
  dispatch(visitor, plain(pattern), (node) => {
    if (node.type === "MemberExpression") throw member(lowering, node);
    const hint = "write to memory with store(pointer + offsets, value)";
    throw context.fault("kernel/unsupported", node, "only variables can be assigned in a kernel", hint);
  });
}

/** Gives a declared name its first value. */
export function declareVariable(lowering: Lowering, node: Identifier, value: Value): void {
  const binding = lowering.names.bindingOf(node);
  if (binding !== undefined) lowering.variables.set(binding, value);
  lowering.declared.set(node, value);
}

function setVariable(lowering: Lowering, node: Identifier, value: Value): void {
  const binding = lowering.names.bindingOf(node);
  if (binding === undefined && lowering.captured(node.name) === undefined) throw undeclared(lowering, node);
  if (binding === undefined) throw foreign(lowering, node);
  const body = lowering.active.at(-1);
  const own = body !== undefined && isInside(binding.node, body);
  if (!own && lowering.variables.get(binding) === undefined) throw foreign(lowering, node);
  if (!own) {
    const message = `a helper cannot change \`${node.name}\`, which stands outside of it`;
    throw lowering.context.fault(
      "kernel/helper-assignment",
      node,
      message,
      "return the new value and assign it there",
    );
  }
  if (binding.kind === "const" || isCounter(lowering, binding)) throw fixed(lowering, node, binding);
  lowering.variables.set(binding, value);
}

function undeclared({ context }: Lowering, node: Identifier): Error {
  const hint = `declare it: const ${node.name} = ..., or let when it changes`;
  return context.fault("kernel/unknown-name", node, `there is no \`${node.name}\` that could change`, hint);
}

function foreign({ context }: Lowering, node: Identifier): Error {
  const message = `\`${node.name}\` is not a variable of this kernel, so it cannot change`;
  return context.fault("kernel/const-assignment", node, message, "declare it inside with let");
}

function fixed({ context }: Lowering, node: Identifier, binding: Binding): Error {
  const counter = binding.kind !== "const";
  const message = counter
    ? `the loop alone counts \`${node.name}\``
    : `\`${node.name}\` is a const, so it cannot change`;
  return context.fault(
    "kernel/const-assignment",
    node,
    message,
    counter ? "use another variable" : "declare it with let",
  );
}

function isCounter(lowering: Lowering, binding: Binding): boolean {
  return lowering.counters.has(binding);
}
