import { Fault } from "@tilebook/base";
import type { ArrowFunctionExpression, Function as FunctionNode } from "acorn";
import type { Edit } from "./cell.ts";
import { applyEdits } from "./edits.ts";
import { checkErased, parseCell } from "./parse.ts";
import {
  childrenOf,
  field,
  findOutside,
  hasNewLine,
  isIdentifier,
  isTypeOnly,
  nodeField,
  nodesField,
  skipBlank,
  type SyntaxNode,
} from "./syntax.ts";

/*
 * Types are erased by blanking: every character of a type becomes a space, line ends stay, so that no column moves.
 * What is left must mean the same without the types. The places where a blank would join or split statements, and
 * what is written there instead (the list is ts-blank-space's):
 *
 *   let a = b as T ⏎ (c)            let a = b;    ⏎ (c)          `;` where the type began
 *   type T = 1 ⏎ (c)                ;          ⏎ (c)             `;` for a dropped declaration
 *   class { a; private [b] = 1 }    class { a; ;       [b] = 1 }
 *   class { get: T ⏎ m() {} }       class { get;  ⏎ m() {} }     else `get` would be a getter's head
 *   (a): ⏎ T => a                   (a   ⏎ ) => a                `)` moves behind the type
 *   <T ⏎ >(a) => a                  ( ⏎   a) => a                `(` moves before the type parameters
 */

/** What erasing found. The edits are in the text's order and keep its length. */
export interface Erasure {
  readonly edits: readonly Edit[];
  /** For an expression that ends here in a type: where the `;` that now ends the statement stands. */
  readonly semicolons: ReadonlyMap<number, number>;
}

/** A fault whose text is named by the caller. */
export interface LocalFault {
  readonly code: string;
  readonly message: string;
  readonly range: { readonly start: number; readonly end: number };
  readonly hint?: string | undefined;
}

/**
 * The text without its types, of the same length and with the same lines. Throws a Fault `syntax/...` or
 * `cell/not-erasable`.
 */
export function eraseTypes(source: string, text: string): string {
  const program = parseCell(source, text);
  const { edits } = findTypes(program, text, ({ code, message, range, hint }) => {
    throw new Fault(code, message, { span: { source, ...range }, hint });
  });
  const erased = applyEdits(text, edits);
  checkErased(source, erased);
  return erased;
}

/** Finds the edits that erase the types of `program`. TypeScript that makes code is reported and left. */
export function findTypes(program: SyntaxNode, text: string, report: (fault: LocalFault) => void): Erasure {
  return new Eraser(text, report).erase(program);
}

/** The end of the statement around a node when no `;` ends it, else `none`. */
type OpenEnd = number;
const none: OpenEnd = -1;

const endsWithSemicolon: ReadonlySet<string> = new Set([
  "ExpressionStatement",
  "VariableDeclaration",
  "ReturnStatement",
  "ThrowStatement",
  "PropertyDefinition",
]);

/** Types that follow an expression. */
const postfixTypes: ReadonlySet<string> = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSInstantiationExpression",
]);

const modifiers: ReadonlySet<string> = new Set([
  "public",
  "private",
  "protected",
  "readonly",
  "override",
  "abstract",
]);

class Eraser {
  readonly #text: string;
  readonly #report: (fault: LocalFault) => void;
  readonly #written: Written;
  readonly #semicolons = new Map<number, number>();

  constructor(text: string, report: (fault: LocalFault) => void) {
    this.#text = text;
    this.#report = report;
    this.#written = new Written(text);
  }

  erase(program: SyntaxNode): Erasure {
    this.#visitChildren(program, none);
    return { edits: this.#written.edits(), semicolons: this.#semicolons };
  }

  #visit(node: SyntaxNode, open: OpenEnd): void {
    if (this.#refuse(node)) return;
    if (isErasedStatement(node) || isErasedMember(node)) this.#written.blank(node.start, node.end, ";");
    else if (node.type === "TSExpressionWithTypeArguments") return;
    else if (isTypeOnly(node)) this.#written.blank(node.start, node.end);
    else this.#visitCode(node, endsWithSemicolon.has(node.type) ? this.#openEnd(node) : open);
  }

  #visitCode(node: SyntaxNode, open: OpenEnd): void {
    const { type } = node;
    if (postfixTypes.has(type)) return this.#visitPostfix(node, open);
    if (type === "ForStatement" || type === "ForInStatement" || type === "ForOfStatement")
      return this.#visitLoop(node);
    this.#visitHead(node, open);
    this.#visitChildren(node, open);
  }

  /** What is erased at a node itself, besides the types below it. */
  #visitHead(node: SyntaxNode, open: OpenEnd): void {
    const { type } = node;
    if (type === "TSNonNullExpression") this.#written.blank(node.end - 1, node.end);
    if (type === "ArrowFunctionExpression") this.#arrow(node as ArrowFunctionExpression);
    if (type === "FunctionDeclaration" || type === "FunctionExpression")
      this.#parameters(node as FunctionNode);
    if (type === "ClassDeclaration" || type === "ClassExpression") this.#classHead(node);
    if (type === "MethodDefinition" || type === "PropertyDefinition") this.#member(node, open);
    if (type === "VariableDeclarator") this.#mark(node, "definite", nodeField(node, "id"));
  }

  #visitChildren(node: SyntaxNode, open: OpenEnd): void {
    for (const child of childrenOf(node)) this.#visit(child, open);
  }

  #openEnd(node: SyntaxNode): OpenEnd {
    return this.#text[node.end - 1] === ";" ? none : node.end;
  }

  #visitPostfix(node: SyntaxNode, open: OpenEnd): void {
    const expression = nodeField(node, "expression");
    if (expression === undefined) return;
    this.#visit(expression, open);
    const ends = node.end === open;
    if (ends) {
      this.#semicolons.set(node.end, expression.end);
      this.#written.split(expression.end);
    }
    this.#written.blank(expression.end, node.end, ends ? ";" : " ");
  }

  /** A declaration in the head of a loop needs no `;` of its own. */
  #visitLoop(node: SyntaxNode): void {
    for (const child of childrenOf(node)) {
      if (child.type === "VariableDeclaration") this.#visitChildren(child, none);
      else this.#visit(child, none);
    }
  }

  #arrow(node: ArrowFunctionExpression): void {
    this.#parameters(node);
    const types = nodeField(node, "typeParameters");
    if (types !== undefined && hasNewLine(this.#text.slice(types.start, types.end))) {
      this.#written.put(types.start, "(");
      this.#written.put(findOutside(this.#text, "(", types.end), " ");
    }
    const result = nodeField(node, "returnType");
    if (result === undefined) return;
    const open = findOutside(this.#text, "(", types?.end ?? node.start);
    const paren = findOutside(this.#text, ")", node.params.at(-1)?.end ?? open + 1);
    if (!hasNewLine(this.#text.slice(paren, result.end))) return;
    this.#written.put(paren, " ");
    this.#written.put(result.end - 1, ")");
  }

  /** `this: T` goes, and the `?` of optional parameters. */
  #parameters(node: FunctionNode): void {
    const [first, second] = node.params;
    for (const param of node.params) this.#mark(param, "optional", param);
    if (first === undefined || !isIdentifier(first) || first.name !== "this") return;
    this.#written.blank(first.start, second?.start ?? findOutside(this.#text, ")", first.end));
  }

  #classHead(node: SyntaxNode): void {
    if (field(node, "abstract") === true) this.#written.blank(node.start, node.start + "abstract".length);
    const interfaces = nodesField(node, "implements");
    const body = nodeField(node, "body");
    if (interfaces.length === 0 || body === undefined) return;
    const before = ["id", "typeParameters", "superClass", "superTypeParameters"]
      .map((name) => nodeField(node, name)?.end ?? node.start)
      .reduce((a, b) => Math.max(a, b));
    this.#written.blank(findOutside(this.#text, "implements", before), body.start);
  }

  #member(node: SyntaxNode, open: OpenEnd): void {
    const key = nodeField(node, "key");
    if (key === undefined) return;
    this.#modifiers(node, key);
    const marks = [this.#mark(node, "optional", key), this.#mark(node, "definite", key)];
    const first = marks.find((mark) => mark !== undefined) ?? nodeField(node, "typeAnnotation")?.start;
    // `get: T` without a value becomes `get;`, so that it does not join what follows.
    const bare = node.type === "PropertyDefinition" && nodeField(node, "value") === undefined;
    if (bare && open === node.end && first !== undefined) this.#written.put(first, ";");
  }

  #modifiers(node: SyntaxNode, key: SyntaxNode): void {
    const word = /[a-z]+/uy;
    let at = node.start;
    while (at < key.start) {
      word.lastIndex = at;
      const found = word.exec(this.#text)?.[0] ?? "";
      const end = at + found.length;
      if (modifiers.has(found)) this.#written.blank(at, end, at === node.start ? ";" : " ");
      at = skipBlank(this.#text, Math.max(end, at + 1));
    }
  }

  /** Blanks the one-character mark that `flag` stands for, and says where it was. */
  #mark(node: SyntaxNode, flag: "optional" | "definite", after: SyntaxNode | undefined): number | undefined {
    if (field(node, flag) !== true || after === undefined) return undefined;
    const from = isIdentifier(after) ? after.start : Math.min(after.end, node.end);
    const at = findOutside(this.#text, flag === "optional" ? "?" : "!", from);
    if (at >= node.end) return undefined;
    this.#written.blank(at, at + 1);
    return at;
  }

  /** Reports TypeScript that makes code, which no blank can stand for. */
  #refuse(node: SyntaxNode): boolean {
    if (field(node, "declare") === true) return false;
    const decorator = nodesField(node, "decorators")[0];
    const name = decorator?.type ?? (field(node, "accessor") === true ? "accessor" : node.type);
    const refusal = refusals[name];
    if (refusal === undefined) return false;
    const start = decorator?.start ?? node.start;
    const end = decorator?.end ?? Math.min(node.end, node.start + refusal.width);
    this.#report({
      code: "cell/not-erasable",
      message: refusal.message,
      range: { start, end },
      hint: refusal.hint,
    });
    return true;
  }
}

/** The text with some of its characters written over. */
class Written {
  readonly #text: string;
  readonly #blanks: (string | undefined)[] = [];
  /** Characters that win over blanks. */
  readonly #marks = new Map<number, string>();
  readonly #splits = new Set<number>();

  constructor(text: string) {
    this.#text = text;
  }

  /** Spaces from `start` to `end`; line ends stay. `first` is written at the start, unless a line ends there. */
  blank(start: number, end: number, first = " "): void {
    for (let at = start; at < end; at++) {
      const unit = this.#text.charAt(at);
      this.#blanks[at] = hasNewLine(unit) ? unit : at === start ? first : " ";
    }
  }

  put(at: number, character: string): void {
    this.#blanks[at] = character;
    this.#marks.set(at, character);
  }

  /** An edit that reaches to here ends here, so that something can be put in between. */
  split(at: number): void {
    this.#splits.add(at);
  }

  /** One edit for each unbroken run of written characters. */
  edits(): readonly Edit[] {
    const edits: Edit[] = [];
    let run = "";
    for (let at = 0; at <= this.#text.length; at++) {
      const unit = this.#marks.get(at) ?? this.#blanks[at];
      if (run !== "" && (unit === undefined || this.#splits.has(at))) {
        edits.push({ at: at - run.length, removed: run.length, inserted: run });
        run = "";
      }
      run += unit ?? "";
    }
    return edits;
  }
}

function isErasedStatement(node: SyntaxNode): boolean {
  if (node.type === "TSTypeAliasDeclaration" || node.type === "TSInterfaceDeclaration") return true;
  return (
    node.type === "TSDeclareFunction" ||
    (node.type.endsWith("Declaration") && field(node, "declare") === true)
  );
}

/** Is this part of a class only there for the types: an abstract or declared member, an overload? */
export function isErasedMember(node: SyntaxNode): boolean {
  if (node.type === "TSIndexSignature") return true;
  if (node.type !== "MethodDefinition" && node.type !== "PropertyDefinition") return false;
  if (field(node, "abstract") === true || field(node, "declare") === true) return true;
  return nodeField(node, "value")?.type === "TSDeclareMethod";
}

interface Refusal {
  readonly message: string;
  readonly hint: string;
  /** Characters to underline. */
  readonly width: number;
}

const refusals: Readonly<Record<string, Refusal | undefined>> = {
  TSEnumDeclaration: {
    message: "a cell cannot declare an enum, which is TypeScript that makes code",
    hint: "use an object: const Color = { red: 0, blue: 1 } as const",
    width: 4,
  },
  TSModuleDeclaration: {
    message: "a cell cannot declare a namespace, which is TypeScript that makes code",
    hint: "use an object, or plain names of the cell",
    width: 9,
  },
  TSParameterProperty: {
    message: "a constructor's parameter cannot be a property, which is TypeScript that makes code",
    hint: "declare the property in the class and assign it in the constructor",
    width: Infinity,
  },
  TSTypeAssertion: {
    message: "types in front of a value cannot be erased safely",
    hint: "write `value as Type`",
    width: Infinity,
  },
  TSImportEqualsDeclaration: {
    message: "a cell cannot import",
    hint: "what cells can use is there by name, and other cells' names too",
    width: 6,
  },
  TSExportAssignment: {
    message: "a cell cannot export",
    hint: "every name declared at the top of a cell is there for the others",
    width: 6,
  },
  TSNamespaceExportDeclaration: {
    message: "a cell cannot export",
    hint: "every name declared at the top of a cell is there for the others",
    width: 6,
  },
  Decorator: {
    message: "decorators cannot be used: browsers do not run them",
    hint: "call the function yourself",
    width: Infinity,
  },
  accessor: {
    message: "accessor properties cannot be used: browsers do not run them",
    hint: "write get and set",
    width: Infinity,
  },
};
