import { tsPlugin } from "@sveltejs/acorn-typescript";
import { Fault } from "@tilebook/base";
import { type ExpressionStatement, type Options, Parser, type Program } from "acorn";
import { plain, skipBlank } from "./syntax.ts";
import { syntaxHint } from "./syntax-hints.ts";

/** Longer cells are refused before they are parsed. In UTF-16 units. */
const mostLength = 400_000;

const options: Options = {
  ecmaVersion: "latest",
  sourceType: "module",
  locations: true,
  allowAwaitOutsideFunction: true,
  allowHashBang: false,
  preserveParens: true,
};

/** What we need of acorn's parser beyond its published types. */
interface OpenParser {
  nextToken(): void;
  checkLocalExport(id: unknown): void;
}
type OpenParserClass = new (options: Options, input: string, startPos?: number) => OpenParser;

/**
 * TypeScript is parsed by trying one reading and going back, which some texts make costly. Every token read costs
 * one unit of fuel, so that any text ends in a tree or a fault.
 */
function fuelled(Base: typeof Parser): typeof Parser {
  class FuelledParser extends (Base as unknown as OpenParserClass) {
    #fuel: number;
    constructor(parserOptions: Options, input: string, startPos?: number) {
      super(parserOptions, input, startPos);
      this.#fuel = 100_000 + 40 * input.length;
    }
    override nextToken(): void {
      this.#fuel -= 1;
      if (this.#fuel < 0) throw new RangeError("out of fuel");
      super.nextToken();
    }
    /** Exports are refused later, with a better message than this check has. */
    override checkLocalExport(): void {}
  }
  return FuelledParser as unknown as typeof Parser;
}

const CellParser = Parser.extend(tsPlugin(), fuelled);

const kept = new Map<string, Program>();
const mostKept = 16;

/**
 * The tree of a cell's text. Trees of the last few texts are kept and shared: never change one.
 * Throws a Fault `syntax/...` with its span; every text gives one or the other.
 */
export function parseCell(source: string, text: string): Program {
  const known = kept.get(text);
  kept.delete(text);
  const program = known ?? parseFresh(source, text);
  kept.set(text, program);
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) break;
    kept.delete(oldest);
  }
  return program;
}

function parseFresh(source: string, text: string): Program {
  if (text.length > mostLength) {
    throw new Fault(
      "syntax/too-long",
      `a cell has at most ${mostLength} characters, this one ${text.length}`,
      {
        span: { source, start: 0, end: 0 },
        hint: "split it, or load the data from a file",
      },
    );
  }
  try {
    return parseWith(CellParser, text);
  } catch (error) {
    // The TypeScript parser misreads some JavaScript: `a ? (b) : c => d`.
    if (isJavaScript(text)) return parseWith(Parser, text);
    throw syntaxFault(error, source, text);
  }
}

function isJavaScript(text: string): boolean {
  try {
    parseWith(Parser, text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Throws a Fault `syntax/error` if a cell whose types were erased is no JavaScript: the TypeScript parser lets some
 * texts pass that no one can run, such as `a > <b>`. Columns are those of the cell's own text.
 */
export function checkErased(source: string, erased: string): void {
  try {
    parseWith(Parser, erased);
  } catch (error) {
    throw syntaxFault(error, source, erased);
  }
}

function parseWith(With: typeof Parser, text: string): Program {
  return objectCell(With, text) ?? With.parse(text, options);
}

/** A cell that is one object literal, `{ a: 1 }`, means the object and not a block. */
function objectCell(With: typeof Parser, text: string): Program | undefined {
  const start = skipBlank(text, 0);
  if (text[start] !== "{") return undefined;
  try {
    const expression = With.parseExpressionAt(text, start, options);
    const rest = skipBlank(text, expression.end);
    const end = text[rest] === ";" ? rest + 1 : expression.end;
    if (skipBlank(text, end) < text.length || plain(expression).type !== "ObjectExpression") return undefined;
    const statement: ExpressionStatement = { type: "ExpressionStatement", start, end, expression };
    return { type: "Program", sourceType: "module", start: 0, end: text.length, body: [statement] };
  } catch {
    return undefined;
  }
}

function syntaxFault(error: unknown, source: string, text: string): Fault {
  if (
    error instanceof RangeError ||
    (error instanceof SyntaxError && error.message.includes("stack space"))
  ) {
    return new Fault("syntax/too-deep", "this cell is nested too deeply to be read", {
      span: { source, start: 0, end: 0 },
      hint: "give the inner parts names of their own",
    });
  }
  if (!(error instanceof SyntaxError)) {
    const span = { source, start: 0, end: 0 };
    return new Fault("syntax/error", "this cell cannot be read", { span, cause: error });
  }
  const position = place(error, "pos", text.length);
  const span = { source, start: position, end: Math.max(position, tokenEnd(text, position)) };
  if (position >= text.length) {
    return new Fault("syntax/end", "the cell ends too early", {
      span: { source, start: Math.max(0, text.trimEnd().length - 1), end: text.trimEnd().length },
      hint: "a bracket, a quote or a comment may still be open",
    });
  }
  const word = text.slice(span.start, span.end);
  const said = error.message.replace(/ \(\d+:\d+\)$/u, "").replace(/\.$/u, "");
  const message = said === "Unexpected token" ? `\`${word}\` does not belong here` : lowerFirst(said);
  return new Fault("syntax/error", message, { span, hint: syntaxHint(text, position) });
}

function place(error: SyntaxError, name: string, otherwise: number): number {
  const value: unknown = Reflect.get(error, name);
  return typeof value === "number" ? Math.max(0, Math.min(value, otherwise)) : otherwise;
}

function tokenEnd(text: string, start: number): number {
  const word = /[\p{ID_Continue}$]+|[^\s]/uy;
  word.lastIndex = start;
  return word.test(text) ? word.lastIndex : Math.min(start + 1, text.length);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
