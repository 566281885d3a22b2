import type {
  AnyNode,
  CatchClause,
  Class,
  Function as FunctionNode,
  Identifier,
  Pattern,
  Program,
  VariableDeclaration,
} from "acorn";
import { isErasedMember } from "./erase.ts";
import { childrenOf, isIdentifier, isTypeOnly, plain, type SyntaxNode } from "./syntax.ts";

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

class Resolver {
  readonly #bindings: Binding[] = [];
  readonly #references: Reference[] = [];
  readonly #meaning = new Map<SyntaxNode, Binding>();
  readonly #defined = new Map<string, Binding>();
  #scope: Scope = { parent: undefined, names: this.#defined };

  program(program: Program): void {
    this.#declareVars(program);
    this.#declareLexical(program.body);
    program.body.forEach((statement) => this.#visit(statement));
  }

  finish(): Names {
    for (const reference of this.#references) {
      if (reference.binding !== undefined) this.#meaning.set(reference.node, reference.binding);
    }
    const byPlace = (a: { node: SyntaxNode }, b: { node: SyntaxNode }): number => a.node.start - b.node.start;
    return {
      defined: [...this.#defined.values()].toSorted(byPlace),
      bindings: this.#bindings,
      references: this.#references.toSorted(byPlace),
      bindingOf: (node) => this.#meaning.get(node),
    };
  }

  #visit(syntax: SyntaxNode): void {
    if (isTypeOnly(syntax) || isErasedMember(syntax)) return;
    const node = syntax as AnyNode;
    switch (node.type) {
      case "Identifier":
        return this.#refer(node, false);
      case "VariableDeclaration":
        return node.declarations.forEach(({ id, init }) => {
          this.#visitPattern(id);
          if (init !== null && init !== undefined) this.#visit(init);
        });
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return this.#function(node);
      case "ClassDeclaration":
      case "ClassExpression":
        return this.#class(node);
      case "BlockStatement":
      case "StaticBlock":
        return this.#within(() => {
          if (node.type === "StaticBlock") this.#declareVars(node);
          this.#declareLexical(node.body);
          node.body.forEach((statement) => this.#visit(statement));
        });
      case "SwitchStatement":
        this.#visit(node.discriminant);
        return this.#within(() => {
          this.#declareLexical(node.cases.flatMap((item) => item.consequent));
          node.cases.forEach((item) => this.#visitChildren(item));
        });
      case "CatchClause":
        return this.#catch(node);
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
        return this.#loop(node);
      default:
        this.#visitOther(node);
    }
  }

  /** Nodes that make no scope, but name things that are no references. */
  #visitOther(node: AnyNode): void {
    switch (node.type) {
      case "AssignmentExpression":
        this.#visitTarget(node.left);
        return this.#visit(node.right);
      case "UpdateExpression":
        return this.#visitTarget(node.argument);
      case "MemberExpression":
        this.#visit(node.object);
        if (node.computed) this.#visit(node.property);
        return;
      case "Property":
      case "PropertyDefinition":
      case "MethodDefinition":
        if (node.computed) this.#visit(node.key);
        if (node.value !== null && node.value !== undefined) this.#visit(node.value);
        return;
      case "LabeledStatement":
        return this.#visit(node.body);
      case "BreakStatement":
      case "ContinueStatement":
      case "MetaProperty":
      case "ImportDeclaration":
      case "ExportNamedDeclaration":
      case "ExportAllDeclaration":
        return;
      default:
        this.#visitChildren(node);
    }
  }

  #visitChildren(node: SyntaxNode): void {
    for (const child of childrenOf(node)) this.#visit(child);
  }

  /** Declared names in a pattern are no references; its defaults and computed keys hold some. */
  #visitPattern(pattern: Pattern): void {
    switch (pattern.type) {
      case "Identifier":
        return;
      case "ObjectPattern":
        return pattern.properties.forEach((property) => {
          if (property.type === "RestElement") return this.#visitPattern(property.argument);
          if (property.computed) this.#visit(property.key);
          return this.#visitPattern(property.value);
        });
      case "ArrayPattern":
        return pattern.elements.forEach((element) => {
          if (element !== null) this.#visitPattern(element);
        });
      case "RestElement":
        return this.#visitPattern(pattern.argument);
      case "AssignmentPattern":
        this.#visitPattern(pattern.left);
        return this.#visit(pattern.right);
      default:
        this.#visit(pattern);
    }
  }

  /** The left side of an assignment: names in it are written. */
  #visitTarget(syntax: SyntaxNode): void {
    const target = plain(syntax) as AnyNode;
    switch (target.type) {
      case "Identifier":
        return this.#refer(target, true);
      case "ObjectPattern":
        return target.properties.forEach((property) => {
          if (property.type === "RestElement") return this.#visitTarget(property.argument);
          if (property.computed) this.#visit(property.key);
          return this.#visitTarget(property.value);
        });
      case "ArrayPattern":
        return target.elements.forEach((element) => {
          if (element !== null) this.#visitTarget(element);
        });
      case "RestElement":
        return this.#visitTarget(target.argument);
      case "AssignmentPattern":
        this.#visitTarget(target.left);
        return this.#visit(target.right);
      default:
        this.#visit(target);
    }
  }

  #function(node: FunctionNode): void {
    const inside = (): void => {
      if (node.type !== "ArrowFunctionExpression") this.#declare("arguments", "arguments", node);
      for (const param of node.params) this.#declarePattern(param, "param");
      this.#declareVars(node.body);
      for (const param of node.params) this.#visitPattern(param);
      if (node.body.type !== "BlockStatement") return this.#visit(node.body);
      this.#declareLexical(node.body.body);
      node.body.body.forEach((statement) => this.#visit(statement));
    };
    this.#within(() => {
      const { id } = node;
      if (node.type !== "FunctionExpression" || id === null || id === undefined) return inside();
      this.#declare(id.name, "function", id, node);
      return this.#within(inside);
    });
  }

  #class(node: Class): void {
    this.#within(() => {
      if (node.id !== null && node.id !== undefined) this.#declare(node.id.name, "class", node.id);
      if (node.superClass !== null && node.superClass !== undefined) this.#visit(node.superClass);
      node.body.body.forEach((member) => this.#visit(member));
    });
  }

  #catch(node: CatchClause): void {
    this.#within(() => {
      if (node.param !== null && node.param !== undefined) {
        this.#declarePattern(node.param, "catch");
        this.#visitPattern(node.param);
      }
      this.#visit(node.body);
    });
  }

  #loop(node: Extract<AnyNode, { type: "ForStatement" | "ForInStatement" | "ForOfStatement" }>): void {
    const head = node.type === "ForStatement" ? node.init : node.left;
    this.#within(() => {
      if (head?.type === "VariableDeclaration") {
        this.#declareLexical([head]);
        this.#visit(head);
      } else if (head !== null && head !== undefined) {
        if (node.type === "ForStatement") this.#visit(head);
        else this.#visitTarget(head);
      }
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
    if (node.type === "VariableDeclaration") {
      const declaration = node as VariableDeclaration;
      if (declaration.kind === "var") this.#declareVariables(declaration, "var");
    }
    for (const child of childrenOf(node)) {
      const inside =
        !child.type.includes("Function") && !child.type.startsWith("Class") && !isTypeOnly(child);
      if (inside) this.#declareVars(child);
    }
  }

  /** `let`, `const`, `class` and function names of a block belong to all of it. */
  #declareLexical(statements: readonly SyntaxNode[]): void {
    for (const syntax of statements) {
      if (isTypeOnly(syntax)) continue;
      const node = syntax as AnyNode;
      if (node.type === "VariableDeclaration" && node.kind !== "var") {
        this.#declareVariables(node, node.kind === "let" ? "let" : "const");
      }
      if (node.type !== "FunctionDeclaration" && node.type !== "ClassDeclaration") continue;
      if (node.id === null) continue;
      if (node.type === "ClassDeclaration") this.#declare(node.id.name, "class", node.id);
      else this.#declare(node.id.name, "function", node.id, node);
    }
  }

  #declareVariables(declaration: VariableDeclaration, kind: BindingKind): void {
    for (const { id, init } of declaration.declarations) {
      const value = init === null || init === undefined ? undefined : plain(init);
      const isFunction = value?.type === "ArrowFunctionExpression" || value?.type === "FunctionExpression";
      if (isFunction && kind === "const" && isIdentifier(id)) this.#declare(id.name, kind, id, value);
      else this.#declarePattern(id, kind);
    }
  }

  #declarePattern(pattern: Pattern, kind: BindingKind): void {
    switch (pattern.type) {
      case "Identifier":
        if (pattern.name !== "this") this.#declare(pattern.name, kind, pattern);
        return;
      case "ObjectPattern":
        return pattern.properties.forEach((property) =>
          this.#declarePattern(property.type === "RestElement" ? property.argument : property.value, kind),
        );
      case "ArrayPattern":
        return pattern.elements.forEach((element) => {
          if (element !== null) this.#declarePattern(element, kind);
        });
      case "RestElement":
        return this.#declarePattern(pattern.argument, kind);
      case "AssignmentPattern":
        return this.#declarePattern(pattern.left, kind);
      default:
        return;
    }
  }

  #declare(name: string, kind: BindingKind, node: SyntaxNode, helper?: FunctionNode): void {
    const known = this.#scope.names.get(name);
    if (known !== undefined) {
      this.#meaning.set(node, known);
      return;
    }
    const binding: Binding = { name, kind, node, helper, top: this.#scope.parent === undefined };
    this.#scope.names.set(name, binding);
    this.#bindings.push(binding);
    this.#meaning.set(node, binding);
  }

  #refer(node: Identifier, writes: boolean): void {
    let scope: Scope | undefined = this.#scope;
    while (scope !== undefined && !scope.names.has(node.name)) scope = scope.parent;
    this.#references.push({ node, binding: scope?.names.get(node.name), writes });
  }
}
