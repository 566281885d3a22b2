import type { Module, Range } from "./tree.ts";

const binary: Readonly<
  Record<string, { readonly rank: number; readonly value: (a: number, b: number) => number }>
> = {
  "<<": { rank: 4, value: (a, b) => a * 2 ** b },
  "+": { rank: 5, value: (a, b) => a + b },
  "-": { rank: 5, value: (a, b) => a - b },
  "*": { rank: 6, value: (a, b) => a * b },
  "/": { rank: 6, value: (a, b) => Math.trunc(a / b) },
  "%": { rank: 6, value: (a, b) => a % b },
};

/** How many constants may refer to each other in a chain. */
const mostSteps = 64;

/** The whole number an expression stands for, or undefined when it is more than whole numbers, constants and arithmetic. */
export function evaluate(module: Module, range: Range): number | undefined {
  return new Evaluation(module, range, 0).whole();
}

/** WGSL computes constants in 64 bits: where doubles are not exact, nothing is known. */
function exact(value: number): number | undefined {
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Precedence climbing over the tokens of one expression. */
class Evaluation {
  readonly #module: Module;
  readonly #end: number;
  readonly #steps: number;
  #at: number;

  constructor(module: Module, range: Range, steps: number) {
    this.#module = module;
    this.#at = range.from;
    this.#end = range.to;
    this.#steps = steps;
  }

  whole(): number | undefined {
    const value = this.#above(0);
    return this.#at === this.#end ? value : undefined;
  }

  #above(rank: number): number | undefined {
    let left = this.#atom();
    for (let op = this.#operator(rank); op !== undefined; op = this.#operator(rank)) {
      this.#at += 1;
      const right = this.#above(op.rank);
      left = left === undefined || right === undefined ? undefined : exact(op.value(left, right));
    }
    return left;
  }

  #operator(
    rank: number,
  ): { readonly rank: number; readonly value: (a: number, b: number) => number } | undefined {
    if (this.#at >= this.#end) return undefined;
    const text = this.#module.tokens[this.#at]?.text ?? "";
    const op = Object.hasOwn(binary, text) ? binary[text] : undefined;
    return op !== undefined && op.rank > rank ? op : undefined;
  }

  #atom(): number | undefined {
    if (this.#at >= this.#end) return undefined;
    const token = this.#module.tokens[this.#at];
    this.#at += 1;
    if (token?.text === "(") {
      const inner = this.#above(0);
      const closed = this.#module.tokens[this.#at]?.text === ")";
      this.#at += 1;
      return closed ? inner : undefined;
    }
    if (token?.kind === "number") return wholeNumber(token.text);
    return token?.kind === "name" ? this.#constant(token.text) : undefined;
  }

  #constant(name: string): number | undefined {
    const given = this.#module.given.get(name);
    if (given !== undefined) return given;
    const range = this.#module.constants.get(name);
    if (range === undefined || this.#steps >= mostSteps) return undefined;
    return new Evaluation(this.#module, range, this.#steps + 1).whole();
  }
}

function wholeNumber(text: string): number | undefined {
  const digits = text.replace(/[iu]$/u, "");
  return /^(?:\d+|0[xX][0-9a-fA-F]+)$/u.test(digits) ? exact(Number(digits)) : undefined;
}
