import type { MemberExpression, ObjectExpression, Program } from "acorn";
import type { CellText } from "./analyze.ts";
import { type Names, resolveNames } from "./names.ts";
import { parseCell } from "./parse.ts";
import { dispatch, isIdentifier, plain, type SyntaxNode, type Visitor } from "./syntax.ts";
import { folds } from "./tile/operators.ts";

/**
 * Values of the cells' top-level `const NAME = ...` that follow from the texts alone: literals, arithmetic on them,
 * arrays, objects, members, Math, and names of this kind. A name that two cells declare is left out.
 * Never throws: cells that cannot be read are passed over.
 */
export function knownConstants(cells: readonly CellText[]): Readonly<Record<string, unknown>> {
  const declared = new Map<string, Declared | "several">();
  for (const cell of cells) {
    for (const [name, found] of declaredIn(cell)) declared.set(name, declared.has(name) ? "several" : found);
  }
  const evaluator = new Evaluator(declared);
  const values: [string, unknown][] = [];
  for (const name of declared.keys()) {
    const value = evaluator.named(name);
    if (value !== unknown) values.push([name, value]);
  }
  return Object.fromEntries(values);
}

/** A top-level name of a cell; without `from` its value is not known from the text. */
interface Declared {
  readonly from: Source | undefined;
  readonly names: Names;
}

/** What a name is taken from, and the keys on the way there: `const { size: [rows] } = init` is init.size[0]. */
interface Source {
  readonly init: SyntaxNode;
  readonly path: readonly string[];
}

function declaredIn({ id, text }: CellText): ReadonlyMap<string, Declared> {
  const found = new Map<string, Declared>();
  try {
    const program = parseCell(id, text);
    const names = resolveNames(program);
    const inits = constInits(program);
    for (const binding of names.defined) found.set(binding.name, { from: inits.get(binding.node), names });
  } catch {
    found.clear();
  }
  return found;
}

function constInits(program: Program): ReadonlyMap<SyntaxNode, Source> {
  const inits = new Map<SyntaxNode, Source>();
  for (const statement of program.body) {
    if (statement.type !== "VariableDeclaration" || statement.kind !== "const") continue;
    for (const { id, init } of statement.declarations) if (init) takeApart(id, { init, path: [] }, inits);
  }
  return inits;
}

/** Names behind a rest or with a default are left out. */
function takeApart(pattern: SyntaxNode, from: Source, inits: Map<SyntaxNode, Source>): void {
  const deeper = (key: string): Source => ({ ...from, path: [...from.path, key] });
  const visitor: Visitor<void> = {
    Identifier: (name) => {
      inits.set(name, from);
    },
    ArrayPattern: ({ elements }) =>
      elements.forEach((element, at) => element && takeApart(element, deeper(String(at)), inits)),
    ObjectPattern: ({ properties }) =>
      properties.forEach((property) => {
        if (property.type !== "Property" || property.computed || !isIdentifier(property.key)) return;
        takeApart(property.value, deeper(property.key.name), inits);
      }),
  };
  dispatch(visitor, pattern, () => undefined);
}

/** No value of a cell, so that `undefined` can be one. */
const unknown: unique symbol = Symbol("unknown");

class Evaluator {
  readonly #declared: ReadonlyMap<string, Declared | "several">;
  readonly #values = new Map<string, unknown>();

  constructor(declared: ReadonlyMap<string, Declared | "several">) {
    this.#declared = declared;
  }

  named(name: string): unknown {
    if (this.#values.has(name)) return this.#values.get(name);
    // A name that depends on itself has no value.
    this.#values.set(name, unknown);
    const found = this.#declared.get(name);
    const known = found !== undefined && found !== "several" && found.from !== undefined;
    const value = known ? this.#part(found.from, found.names) : unknown;
    this.#values.set(name, value);
    return value;
  }

  #part({ init, path }: Source, names: Names): unknown {
    return path.reduce<unknown>((value, key) => memberOf(value, key), this.#safely(init, names));
  }

  #safely(node: SyntaxNode, names: Names): unknown {
    try {
      return this.#value(node, names);
    } catch (error) {
      // Too deep for the stack.
      if (error instanceof RangeError) return unknown;
      throw error;
    }
  }

  #value(node: SyntaxNode, names: Names): unknown {
    const value = (part: SyntaxNode): unknown => this.#value(part, names);
    const visitor: Visitor<unknown> = {
      Literal: (literal) => (literal.regex || literal.bigint ? unknown : literal.value),
      Identifier: (name) => this.#identifier(name.name, names.bindingOf(name)?.top),
      UnaryExpression: ({ operator, argument }) => unary(operator, value(argument)),
      BinaryExpression: ({ operator, left, right }) => binary(operator, value(left), value(right)),
      LogicalExpression: ({ operator, left, right }) => {
        const first = value(left);
        if (first === unknown || operator === "??") return unknown;
        return (operator === "&&") === Boolean(first) ? value(right) : first;
      },
      ConditionalExpression: ({ test, consequent, alternate }) => {
        const condition = value(test);
        return condition === unknown ? unknown : value(condition ? consequent : alternate);
      },
      ArrayExpression: ({ elements }) => all(elements.map((item) => (item ? value(item) : unknown))),
      ObjectExpression: (object) => this.#object(object, names),
      MemberExpression: (member) => this.#member(member, names),
      CallExpression: ({ callee, arguments: list }) => mathCall(callee, list.map(value), names),
    };
    return dispatch(visitor, plain(node), () => unknown);
  }

  #identifier(name: string, top: boolean | undefined): unknown {
    if (top === undefined && !this.#declared.has(name)) {
      if (name === "Infinity") return Infinity;
      return name === "undefined" ? undefined : unknown;
    }
    return top === false ? unknown : this.named(name);
  }

  #object(object: ObjectExpression, names: Names): unknown {
    const entries: [string, unknown][] = [];
    for (const property of object.properties) {
      if (property.type !== "Property" || property.computed || property.kind !== "init") return unknown;
      const { key } = property;
      const name = isIdentifier(key) ? key.name : key.type === "Literal" ? String(key.value) : undefined;
      const value = this.#value(property.value, names);
      if (name === undefined || value === unknown) return unknown;
      entries.push([name, value]);
    }
    return Object.fromEntries(entries);
  }

  #member(member: MemberExpression, names: Names): unknown {
    const math = mathMember(member, names);
    if (math !== undefined) return typeof math === "number" ? math : unknown;
    const object = this.#value(member.object, names);
    const key = memberKey(member, (part) => this.#value(part, names));
    return key === undefined ? unknown : memberOf(object, key);
  }
}

function memberOf(object: unknown, key: string): unknown {
  if (typeof object !== "object" || object === null) return unknown;
  return Object.hasOwn(object, key) ? Reflect.get(object, key) : unknown;
}

function memberKey(member: MemberExpression, value: (node: SyntaxNode) => unknown): string | undefined {
  if (!member.computed) return isIdentifier(member.property) ? member.property.name : undefined;
  const key = value(member.property);
  return typeof key === "string" || typeof key === "number" ? String(key) : undefined;
}

function all(items: readonly unknown[]): unknown {
  return items.includes(unknown) ? unknown : items;
}

function unary(operator: string, value: unknown): unknown {
  if (value === unknown) return unknown;
  if (operator === "!") return !value;
  if (typeof value !== "number") return unknown;
  return operator === "-" ? -value : operator === "+" ? value : unknown;
}

function binary(operator: string, left: unknown, right: unknown): unknown {
  if (left === unknown || right === unknown) return unknown;
  if (operator === "===" || operator === "==") return left === right;
  if (operator === "!==" || operator === "!=") return left !== right;
  const operation = folds[operator];
  if (operation === undefined || typeof left !== "number" || typeof right !== "number") return unknown;
  return operation(left, right);
}

/** What `Math.name` is, when this is one. */
function mathMember(member: SyntaxNode, names: Names): unknown {
  const node = plain(member);
  if (node.type !== "MemberExpression" || node.computed || !isIdentifier(node.property)) return undefined;
  const object = plain(node.object);
  const isMath = isIdentifier(object) && object.name === "Math" && names.bindingOf(object) === undefined;
  const { name } = node.property;
  return isMath && name !== "random" && Object.hasOwn(Math, name) ? Reflect.get(Math, name) : undefined;
}

function mathCall(callee: SyntaxNode, args: readonly unknown[], names: Names): unknown {
  const method = mathMember(callee, names);
  if (typeof method !== "function" || !args.every((item) => typeof item === "number")) return unknown;
  return Reflect.apply(method, Math, args) as unknown;
}
