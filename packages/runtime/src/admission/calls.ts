import { Fault } from "@tilebook/base";
import { countedTurns } from "./counted.ts";
import type { Reader } from "./reader.ts";
import { type Block, type FunctionDeclaration, type Loop, loopsOf, type Module, type Range } from "./tree.ts";

/** Builtins that need every thread of a workgroup or subgroup to arrive together. */
const together =
  /^(?:workgroupBarrier|storageBarrier|textureBarrier|workgroupUniformLoad|subgroup\w*|quad\w*|(?:dpd[xy]|fwidth)\w*)$/u;

/** A statement of up to this many tokens counts as one. */
const tokensPerStatement = 32;

/** Longer statements are refused: compilers recurse over long expressions. A list of 1,024 numbers fits. */
export const mostTokens = 2112;

/** What calling a function once can lead to, with everything it calls. */
export interface Reach {
  /** Statements when every call is written out. */
  readonly statements: number;
  /** It may meet a barrier or another operation of the whole workgroup. */
  readonly together: boolean;
  /** Loops when every call is written out. */
  readonly loops: number;
  /** How many loops without a known number of turns nest, over calls too. */
  readonly depth: number;
  /** Most turns of nested counted loops, multiplied. */
  readonly turns: number;
  /** How many loops nest in all. */
  readonly allDepth: number;
}

/** Follows calls from function to function. WGSL has no recursion; a cycle is a Fault. */
export class Calls {
  readonly #module: Module;
  readonly #reader: Reader;
  readonly #known = new Map<string, Reach>();
  readonly #open = new Set<string>();

  constructor(module: Module, reader: Reader) {
    this.#module = module;
    this.#reader = reader;
  }

  reach(name: string): Reach {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const declaration = this.#module.functions.get(name);
    if (declaration === undefined) return nothing;
    if (this.#open.has(name)) throw this.#recursion(declaration);
    this.#open.add(name);
    const reach = this.#compute(declaration);
    this.#open.delete(name);
    this.#known.set(name, reach);
    return reach;
  }

  /** Names called between two tokens, of functions of the module and of builtins, in order. */
  *callsIn(range: Range): Generator<string> {
    for (let at = range.from; at < range.to; at++) {
      const token = this.#module.tokens[at];
      if (token?.kind === "name" && this.#module.tokens[at + 1]?.text === "(") yield token.text;
    }
  }

  #compute({ body }: FunctionDeclaration): Reach {
    const range = { from: body.open, to: body.close };
    const called = Array.from(this.callsIn(range), (callee) => ({ callee, reach: this.reach(callee) }));
    const loops = Array.from(loopsOf(body)).length;
    return {
      statements: called.reduce((sum, { reach }) => sum + reach.statements, this.#statements(body)),
      loops: called.reduce((sum, { reach }) => sum + reach.loops, loops),
      together: called.some(({ callee, reach }) => reach.together || together.test(callee)),
      ...this.#nest(body),
    };
  }

  #statements(block: Block): number {
    const tokens = block.close - block.open;
    let count = 1;
    for (const statement of block.statements) {
      count += 1;
      if (statement.kind === "simple" && statement.range.to - statement.range.from > mostTokens)
        throw this.#tooLong(statement.range.from);
      if (statement.kind === "loop") count += this.#statements(statement.body);
      if (statement.kind === "branch") for (const inner of statement.blocks) count += this.#statements(inner);
    }
    return Math.max(count, Math.ceil(tokens / tokensPerStatement));
  }

  /** The deepest nest of loops in a block and the functions it calls. */
  #nest(block: Block): Nest {
    const nests = block.statements.map((statement): Nest => {
      if (statement.kind === "simple") return this.#callNest(statement.range);
      if (statement.kind === "loop") return this.#loopNest(statement);
      const to = statement.blocks.at(-1)?.close ?? statement.range.to;
      const calls = this.#callNest({ from: statement.range.from, to });
      return deepest([calls, ...statement.blocks.map((inner) => this.#nest(inner))]);
    });
    return deepest(nests);
  }

  #loopNest(loop: Loop): Nest {
    const inner = deepest([this.#callNest(loop.header), this.#nest(loop.body)]);
    const counted = countedTurns(this.#module, loop);
    return {
      depth: inner.depth + (counted === undefined ? 1 : 0),
      allDepth: inner.allDepth + 1,
      turns: Math.min(inner.turns * Math.max(counted ?? 1, 1), Number.MAX_SAFE_INTEGER),
    };
  }

  #callNest(range: Range): Nest {
    return deepest(Array.from(this.callsIn(range), (callee) => this.reach(callee)));
  }

  #tooLong(at: number): Fault {
    return new Fault("admission/too-large", `this statement has more than ${mostTokens} words and signs`, {
      span: this.#reader.span(at),
      hint: "split it into several statements",
    });
  }

  #recursion({ name }: FunctionDeclaration): Fault {
    return new Fault("admission/recursion", `${this.#module.tokens[name]?.text ?? ""} calls itself`, {
      span: this.#reader.span(name),
      hint: "WGSL has no recursion: use a loop",
    });
  }
}

type Nest = Pick<Reach, "depth" | "allDepth" | "turns">;

const nothing: Reach = { statements: 0, together: false, loops: 0, depth: 0, allDepth: 0, turns: 1 };

function deepest(nests: readonly Nest[]): Nest {
  return {
    depth: Math.max(0, ...nests.map((nest) => nest.depth)),
    allDepth: Math.max(0, ...nests.map((nest) => nest.allDepth)),
    turns: Math.max(1, ...nests.map((nest) => nest.turns)),
  };
}
