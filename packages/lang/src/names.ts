import type { Function as FunctionNode, Identifier, Program, VariableDeclaration } from "acorn";
import { isErasedMember } from "./erase.ts";
import { partsOf } from "./patterns.ts";
import {
  childrenOf,
  dispatch,
  isIdentifier,
  isTypeOnly,
  type NodeOf,
  plain,
  type SyntaxNode,
  type Visitor,
} from "./syntax.ts";

export type BindingKind = "const" | "let" | "var" | "function" | "class" | "param" | "catch" | "arguments";

/** One declared name. Two declarations of one `var` are one binding. */
export interface Binding {
  readonly name: string;
  readonly kind: BindingKind;
  /** The identifier that declares it. */
  readonly node: SyntaxNode;
  /** The function it names: a function declaration, or the function a `const` is bound to. */
  readonly helper: FunctionNode | undefined;
  /** Declared at the top of the cell. */
  readonly top: boolean;
}

/** One use of a name that is no declaration. */
export interface Reference {
  readonly node: Identifier;
  /** What it means; undefined when nothing in the cell declares it. */
  readonly binding: Binding | undefined;
  readonly writes: boolean;
  /** It stands in a function or a class, which may come to it after the cell has run. */
  readonly later: boolean;
}

/** Every name of a cell, resolved as JavaScript does. */
export interface Names {
  /** Declared at the top of the cell, in the text's order. */
  readonly defined: readonly Binding[];
  /** Every binding of the cell. */
  readonly bindings: readonly Binding[];
  /** In the text's order. */
  readonly references: readonly Reference[];
  /** What an identifier means, be it a use or a declaration. */
  bindingOf(node: SyntaxNode): Binding | undefined;
}

export function resolveNames(program: Program): Names {
  const resolver = new Resolver();
  resolver.program(program);
  return resolver.finish();
}

interface Scope {
  readonly parent: Scope | undefined;
  readonly names: Map<string, Binding>;
}

type Loop = NodeOf<"ForStatement" | "ForInStatement" | "ForOfStatement">;

class Resolver {
  readonly #bindings: Binding[] = [];
  readonly #references: Reference[] = [];
  readonly #meaning = new Map<SyntaxNode, Binding>();
  readonly #defined = new Map<string, Binding>();
  readonly #visitor: Visitor<void> = this.#makeVisitor();
  #scope: Scope = { parent: undefined, names: this.#defined };
  /** How many functions and classes stand around what is looked at. */
  #depth = 0;

  program(program: Program): void {
    this.#declareVars(program);
    this.#statements(program.body);
  }

  finish(): Names {
    for (const { node, binding } of this.#references)
      if (binding !== undefined) this.#meaning.set(node, binding);
    return {
      defined: [...this.#defined.values()].toSorted(byPlace),
      bindings: this.#bindings,
      references: this.#references.toSorted(byPlace),
      bindingOf: (node) => this.#meaning.get(node),
    };
  }

  #visit(node: SyntaxNode): void {
    if (isTypeOnly(node) || isErasedMember(node)) return;
    dispatch(this.#visitor, node, () => childrenOf(node).forEach((child) => this.#visit(child)));
  }

  /** Nodes that open a scope, assign, or hold names that refer to nothing. All others are their children. */
  #makeVisitor(): Visitor<void> {
    return {
      ...this.#scopes(),
      ...this.#members(),
      Identifier: (node) => this.#refer(node, false),
      VariableDeclaration: (node) => this.#variables(node),
      AssignmentExpression: ({ left, right }) => {
        this.#target(left);
        this.#visit(right);
      },
      UpdateExpression: ({ argument }) => this.#target(argument),
      LabeledStatement: ({ body }) => this.#visit(body),
      BreakStatement: nothing,
      ContinueStatement: nothing,
      MetaProperty: nothing,
      ImportDeclaration: nothing,
      ExportNamedDeclaration: nothing,
      ExportAllDeclaration: nothing,
    };
  }

  #scopes(): Visitor<void> {
    return {
      FunctionDeclaration: (node) => this.#function(node),
      FunctionExpression: (node) => this.#function(node),
      ArrowFunctionExpression: (node) => this.#function(node),
      ClassDeclaration: (node) => this.#class(node),
      ClassExpression: (node) => this.#class(node),
      BlockStatement: ({ body }) => this.#within(() => this.#statements(body)),
      StaticBlock: (node) =>
        this.#within(() => {
          this.#declareVars(node);
          this.#statements(node.body);
        }),
      SwitchStatement: (node) => this.#switch(node),
      CatchClause: (node) => this.#catch(node),
      ForStatement: (node) => this.#loop(node),
      ForInStatement: (node) => this.#loop(node),
      ForOfStatement: (node) => this.#loop(node),
    };
  }

  /** The name of a member is no reference unless it stands in `[ ]`. */
  #members(): Visitor<void> {
    const member = (node: NodeOf<"Property" | "PropertyDefinition" | "MethodDefinition">): void => {
      if (node.computed) this.#visit(node.key);
      if (node.value) this.#visit(node.value);
    };
    return {
      Property: member,
      PropertyDefinition: member,
      MethodDefinition: member,
      MemberExpression: ({ object, property, computed }) => {
        this.#visit(object);
        if (computed) this.#visit(property);
      },
    };
  }

  #statements(list: readonly SyntaxNode[]): void {
    this.#declareLexical(list);
    list.forEach((statement) => this.#visit(statement));
  }

  #variables(node: VariableDeclaration): void {
    for (const { id, init } of node.declarations) {
      partsOf(id).expressions.forEach((part) => this.#visit(part));
      if (init) this.#visit(init);
    }
  }

  /** The left side of an assignment: names in it are written. */
  #target(node: SyntaxNode): void {
    const { names, expressions } = partsOf(node);
    names.forEach((name) => this.#refer(name, true));
    expressions.forEach((part) => this.#visit(part));
  }

  #function(node: FunctionNode): void {
    this.#depth += 1;
    this.#within(() => {
      if (node.type === "FunctionExpression" && node.id)
        this.#declare(node.id.name, "function", node.id, node);
      this.#within(() => this.#functionInside(node));
    });
    this.#depth -= 1;
  }

  #functionInside(node: FunctionNode): void {
    if (node.type !== "ArrowFunctionExpression") this.#declare("arguments", "arguments", node);
    const params = node.params.map(partsOf);
    const names = params.flatMap((parts) => parts.names).filter(({ name }) => name !== "this");
    names.forEach((name) => this.#declare(name.name, "param", name));
    this.#declareVars(node.body);
    params.flatMap((parts) => parts.expressions).forEach((part) => this.#visit(part));
    if (node.body.type === "BlockStatement") this.#statements(node.body.body);
    else this.#visit(node.body);
  }

  #class(node: NodeOf<"ClassDeclaration" | "ClassExpression">): void {
    this.#depth += 1;
    this.#within(() => {
      if (node.id) this.#declare(node.id.name, "class", node.id);
      if (node.superClass) this.#visit(node.superClass);
      node.body.body.forEach((item) => this.#visit(item));
    });
    this.#depth -= 1;
  }

  #switch(node: NodeOf<"SwitchStatement">): void {
    this.#visit(node.discriminant);
    this.#within(() => {
      this.#declareLexical(node.cases.flatMap((item) => item.consequent));
      node.cases.forEach((item) => childrenOf(item).forEach((child) => this.#visit(child)));
    });
  }

  #catch(node: NodeOf<"CatchClause">): void {
    this.#within(() => {
      const parts = node.param ? partsOf(node.param) : undefined;
      parts?.names.forEach((name) => this.#declare(name.name, "catch", name));
      parts?.expressions.forEach((part) => this.#visit(part));
      this.#visit(node.body);
    });
  }

  #loop(node: Loop): void {
    const head = node.type === "ForStatement" ? node.init : node.left;
    this.#within(() => {
      if (head?.type === "VariableDeclaration") this.#statements([head]);
      else if (head && node.type === "ForStatement") this.#visit(head);
      else if (head) this.#target(head);
      for (const child of childrenOf(node)) if (child !== head) this.#visit(child);
    });
  }

  #within(inside: () => void): void {
    const outer = this.#scope;
    this.#scope = { parent: outer, names: new Map() };
    inside();
    this.#scope = outer;
  }

  /** `var` names of a function belong to all of it, wherever they stand. */
  #declareVars(node: SyntaxNode): void {
    if (node.type.startsWith("Class") || isTypeOnly(node)) return;
    if (node.type === "VariableDeclaration") {
      const declaration = node as VariableDeclaration;
      if (declaration.kind === "var") this.#declareVariables(declaration, "var");
    }
    for (const child of childrenOf(node)) if (!child.type.includes("Function")) this.#declareVars(child);
  }

  /** `let`, `const`, `class` and function names of a block belong to all of it. */
  #declareLexical(statements: readonly SyntaxNode[]): void {
    const visitor: Visitor<void> = {
      VariableDeclaration: (node) => {
        if (node.kind !== "var") this.#declareVariables(node, node.kind === "let" ? "let" : "const");
      },
      FunctionDeclaration: (node) => this.#declareNamed(node, "function", node),
      ClassDeclaration: (node) => this.#declareNamed(node, "class"),
    };
    for (const node of statements) if (!isTypeOnly(node)) dispatch(visitor, node, () => undefined);
  }

  #declareVariables(declaration: VariableDeclaration, kind: BindingKind): void {
    for (const { id, init } of declaration.declarations) {
      const value = init ? plain(init) : undefined;
      const isFunction = value?.type === "ArrowFunctionExpression" || value?.type === "FunctionExpression";
      const helper = isFunction && kind === "const" && isIdentifier(id) ? value : undefined;
      partsOf(id).names.forEach((name) => this.#declare(name.name, kind, name, helper));
    }
  }

  /** A default export may have no name. */
  #declareNamed(node: { readonly id: Identifier | null }, kind: BindingKind, helper?: FunctionNode): void {
    if (node.id !== null) this.#declare(node.id.name, kind, node.id, helper);
  }

  #declare(name: string, kind: BindingKind, node: SyntaxNode, helper?: FunctionNode): void {
    const known = this.#scope.names.get(name);
    const binding = known ?? { name, kind, node, helper, top: this.#scope.parent === undefined };
    this.#meaning.set(node, binding);
    if (known !== undefined) return;
    this.#scope.names.set(name, binding);
    this.#bindings.push(binding);
  }

  #refer(node: Identifier, writes: boolean): void {
    let scope: Scope | undefined = this.#scope;
    while (scope !== undefined && !scope.names.has(node.name)) scope = scope.parent;
    const later = this.#depth > 0;
    this.#references.push({ node, binding: scope?.names.get(node.name), writes, later });
  }
}

function nothing(): void {}

function byPlace(a: { readonly node: SyntaxNode }, b: { readonly node: SyntaxNode }): number {
  return a.node.start - b.node.start;
}
