import type { ExpressionStatement, Program } from "acorn";
import type { Edit } from "./cell.ts";
import type { Erasure } from "./erase.ts";
import { isInside, type FoundKernel } from "./kernels.ts";
import {
  childrenOf,
  dispatch,
  isIdentifier,
  isTypeOnly,
  plain,
  type SyntaxNode,
  type Visitor,
} from "./syntax.ts";
import { type Question, questionsIn } from "./truths.ts";

/** What a cell's text becomes when it runs. */
export interface Instrumented {
  readonly program: Program;
  readonly text: string;
  readonly erasure: Erasure;
  readonly kernels: readonly FoundKernel[];
  /** The names it gives to other cells. */
  readonly defines: readonly string[];
}

/**
 * The edits from a cell's text to its code: types erased, kernels replaced by their ids and captured values, deadline
 * checks at loop back-edges and function entries, values looked at that JavaScript takes as true or false, the last expression
 * shown, the defined names returned.
 */
export function instrument(cell: Instrumented): readonly Edit[] {
  const { text, kernels } = cell;
  const inserted = new Inserter(cell).edits();
  const replaced = kernels.map(({ id, node, captures }): Edit => {
    const values = captures.length === 0 ? "({})" : `({ ${captures.join(", ")} })`;
    return { at: node.start, removed: node.end - node.start, inserted: `$k("${id}", () => ${values})` };
  });
  const outside = (edit: Edit): boolean =>
    !kernels.some(({ node }) => node.start <= edit.at && edit.at < node.end);
  const defined = cell.defines.length === 0 ? "{}" : `{ ${cell.defines.join(", ")} }`;
  return [
    ...[...inserted, ...cell.erasure.edits.filter(outside), ...replaced].toSorted((a, b) => a.at - b.at),
    { at: text.length, removed: 0, inserted: `\nreturn ${defined};` },
  ];
}

/** The expression whose value the cell shows: its last statement, if that is one. */
export function shownExpression(program: Program): ExpressionStatement | undefined {
  const last = program.body.findLast((node) => !isTypeOnly(node) && node.type !== "EmptyStatement");
  return last?.type === "ExpressionStatement" ? last : undefined;
}

/** `display(x)` has shown what it gives. */
function displays({ expression }: ExpressionStatement): boolean {
  const call = plain(expression);
  return call.type === "CallExpression" && isIdentifier(call.callee) && call.callee.name === "display";
}

/** Collects insertions. At one place, what closes an inner piece comes first, then what opens an outer one. */
class Inserter {
  readonly #cell: Instrumented;
  readonly #questions: ReadonlyMap<SyntaxNode, Question>;
  readonly #openers: Edit[] = [];
  readonly #closers: Edit[] = [];

  constructor(cell: Instrumented) {
    this.#cell = cell;
    this.#questions = questionsIn(cell.program);
  }

  edits(): readonly Edit[] {
    const { program } = this.#cell;
    const shown = shownExpression(program);
    for (const statement of program.body) {
      if (statement === shown && !displays(shown)) this.#show(shown);
      else this.#visit(statement);
    }
    return [...this.#closers, ...this.#openers];
  }

  #show(statement: ExpressionStatement): void {
    const { expression } = statement;
    const several = plain(expression).type === "SequenceExpression";
    this.#wrap(expression, several ? "$show((" : "$show(", several ? "))" : ")", () =>
      this.#visit(expression),
    );
  }

  #visit(node: SyntaxNode): void {
    if (isTypeOnly(node) || this.#cell.kernels.some((kernel) => isInside(node, kernel.node))) return;
    const question = this.#questions.get(node);
    if (question === undefined) this.#inside(node);
    else this.#wrap(node, `${question}(`, ")", () => this.#inside(node));
  }

  #inside(node: SyntaxNode): void {
    const loop = (found: SyntaxNode & { readonly body: SyntaxNode }): void => this.#loop(found, found.body);
    const body = (found: SyntaxNode & { readonly body: SyntaxNode }): void =>
      this.#function(found, found.body);
    const visitor: Visitor<void> = {
      ForStatement: loop,
      ForInStatement: loop,
      ForOfStatement: loop,
      WhileStatement: loop,
      DoWhileStatement: loop,
      ArrowFunctionExpression: body,
      FunctionDeclaration: body,
      FunctionExpression: body,
    };
    dispatch(visitor, node, () => childrenOf(node).forEach((child) => this.#visit(child)));
  }

  #loop(node: SyntaxNode, body: SyntaxNode): void {
    const rest = childrenOf(node).filter((child) => child !== body);
    rest.forEach((child) => this.#visit(child));
    if (body.type === "BlockStatement") {
      this.#open(body.start + 1, "$tick();");
      this.#visit(body);
      return;
    }
    this.#open(body.start, "{$tick();");
    this.#visit(body);
    this.#close(body.end, "}");
  }

  #function(node: SyntaxNode, body: SyntaxNode): void {
    const rest = childrenOf(node).filter((child) => child !== body);
    rest.forEach((child) => this.#visit(child));
    if (body.type !== "BlockStatement") {
      this.#wrap(body, "($tick(),", ")", () => this.#visit(body));
      return;
    }
    const directives = childrenOf(body).filter((child) => "directive" in child);
    this.#open(directives.at(-1)?.end ?? body.start + 1, directives.length > 0 ? ";$tick();" : "$tick();");
    this.#visit(body);
  }

  /** Puts an expression in brackets. A `;` that erasing put at its end stays outside. */
  #wrap(expression: SyntaxNode, before: string, after: string, inside: () => void): void {
    this.#open(expression.start, before);
    inside();
    this.#close(this.#cell.erasure.semicolons.get(expression.end) ?? expression.end, after);
  }

  #open(at: number, inserted: string): void {
    this.#openers.push({ at, removed: 0, inserted });
  }

  #close(at: number, inserted: string): void {
    this.#closers.push({ at, removed: 0, inserted });
  }
}
