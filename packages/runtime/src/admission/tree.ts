import type { Token } from "./lexer.ts";

/** Half-open range of token indices. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** What WGSL admission needs to know of a module: its declarations, and the statements of its functions. */
export interface Module {
  readonly tokens: readonly Token[];
  /** Names after `enable`. */
  readonly enables: readonly string[];
  readonly structs: ReadonlyMap<string, StructDeclaration>;
  readonly aliases: ReadonlyMap<string, Range>;
  /** `const` and `override` declarations that have one whole value everywhere in the module. */
  readonly constants: ReadonlyMap<string, Range>;
  readonly overrides: ReadonlyMap<string, OverrideDeclaration>;
  /** Whole numbers that overrides get for one run: what counts instead of their initial values. */
  readonly given: ReadonlyMap<string, number>;
  /** Names of module constants that are also declared inside a function: nothing may be concluded from them. */
  readonly shadowed: ReadonlySet<string>;
  /** The values of all constants. */
  readonly values: readonly Range[];
  readonly variables: readonly VariableDeclaration[];
  readonly functions: ReadonlyMap<string, FunctionDeclaration>;
}

export interface Attribute {
  readonly name: string;
  /** Between the parentheses; empty without them. */
  readonly arguments: Range;
}

export interface Member {
  readonly attributes: readonly Attribute[];
  /** Index of the name's token. */
  readonly name: number;
  readonly type: Range;
}

export interface StructDeclaration {
  readonly name: number;
  readonly members: readonly Member[];
}

export interface VariableDeclaration {
  readonly attributes: readonly Attribute[];
  readonly name: number;
  /** "private", "workgroup", "uniform", "storage, read", ...; "" when it is not given. */
  readonly space: string;
  readonly type: Range | undefined;
}

export interface OverrideDeclaration {
  readonly name: number;
  readonly type: Range | undefined;
  readonly value: Range | undefined;
}

export interface FunctionDeclaration {
  readonly attributes: readonly Attribute[];
  readonly name: number;
  readonly parameters: readonly Member[];
  readonly result: Range | undefined;
  readonly body: Block;
}

/** Indices of its braces, and what is between them. */
export interface Block {
  readonly open: number;
  readonly close: number;
  readonly statements: readonly Statement[];
}

export type Statement =
  /** Anything that ends in a semicolon. */
  | { readonly kind: "simple"; readonly range: Range }
  /** `if`, `switch`, `continuing` and bare blocks; `range` is all but the blocks' insides. */
  | { readonly kind: "branch"; readonly range: Range; readonly blocks: readonly Block[] }
  | Loop;

export interface Loop {
  readonly kind: "loop";
  /** The token `for`, `while` or `loop`. */
  readonly word: number;
  readonly header: Range;
  readonly body: Block;
}

/** All loops of a block, outer before inner, with how many loops enclose each. */
export function* loopsOf(
  block: Block,
  depth = 0,
): Generator<{ readonly loop: Loop; readonly depth: number }> {
  for (const statement of block.statements) {
    if (statement.kind === "simple") continue;
    if (statement.kind === "loop") {
      yield { loop: statement, depth };
      yield* loopsOf(statement.body, depth + 1);
    } else for (const inner of statement.blocks) yield* loopsOf(inner, depth);
  }
}

/** The text of a token, "" outside the module. */
export function textAt(module: Module, index: number): string {
  return module.tokens[index]?.text ?? "";
}

/** The source of a range, its tokens joined without blanks. */
export function joined(module: Module, { from, to }: Range): string {
  return module.tokens
    .slice(from, to)
    .map((token) => token.text)
    .join("");
}

/** The parts of a range between tokens `separator` outside all brackets. */
export function splitRange(module: Module, range: Range, separator: string): readonly Range[] {
  const parts: Range[] = [];
  let from = range.from;
  let depth = 0;
  for (let at = range.from; at < range.to; at++) {
    const text = textAt(module, at);
    if (["(", "["].includes(text)) depth += 1;
    if ([")", "]"].includes(text)) depth -= 1;
    if (depth !== 0 || text !== separator) continue;
    parts.push({ from, to: at });
    from = at + 1;
  }
  return [...parts, { from, to: range.to }];
}
