import { evaluate } from "./constants.ts";
import { type Block, type Loop, type Module, type Range, splitRange, textAt } from "./tree.ts";

/**
 * How many turns a loop makes when it is `for (var i = A; i < B; i += C)` over constant i32 or u32 and nothing in its
 * body can change i; else undefined. Floats are left out: adding 1 to a large one changes nothing.
 */
export function countedTurns(module: Module, loop: Loop): number | undefined {
  const parts = headerParts(module, loop);
  if (parts === undefined) return undefined;
  const { index, start, end, by } = parts;
  if (start === undefined || end === undefined || by === undefined) return undefined;
  if (by < 1 || by > mostBound || end > mostBound || changes(module, loop.body, index)) return undefined;
  const turns = Math.max(0, Math.ceil((end - start) / by));
  return turns > mostCounted ? undefined : turns;
}

/** Longer loops are not left alone: a device may end them early without a word (`measureLoops`); fuel notices. */
const mostCounted = 65_534;

/** Up to here bound plus step cannot overflow, and so cannot start over. */
const mostBound = 2 ** 30;

interface HeaderParts {
  readonly index: string;
  readonly start: number | undefined;
  /** The first value of i that ends the loop. */
  readonly end: number | undefined;
  readonly by: number | undefined;
}

function headerParts(module: Module, { word, header }: Loop): HeaderParts | undefined {
  if (textAt(module, word) !== "for" || textAt(module, header.from) !== "(") return undefined;
  const [init, test, step] = splitRange(module, { from: header.from + 1, to: header.to - 1 }, ";");
  if (init === undefined || test === undefined || step === undefined) return undefined;
  const index = textAt(module, init.from + 1);
  return {
    index,
    start: startOf(module, init),
    end: endOf(module, test, index),
    by: stepOf(module, step, index),
  };
}

/** A of `var i = A`, `var i: i32 = A` or `var i: u32 = A`. */
function startOf(module: Module, range: Range): number | undefined {
  if (textAt(module, range.from) !== "var") return undefined;
  const typed = textAt(module, range.from + 2) === ":";
  if (typed && !["i32", "u32"].includes(textAt(module, range.from + 3))) return undefined;
  const equals = range.from + (typed ? 4 : 2);
  return textAt(module, equals) === "=" ? evaluate(module, { from: equals + 1, to: range.to }) : undefined;
}

function endOf(module: Module, range: Range, index: string): number | undefined {
  const operator = textAt(module, range.from + 1);
  if (textAt(module, range.from) !== index || !["<", "<="].includes(operator)) return undefined;
  const end = evaluate(module, { from: range.from + 2, to: range.to });
  return end === undefined || operator === "<" ? end : end + 1;
}

function stepOf(module: Module, range: Range, index: string): number | undefined {
  if (textAt(module, range.from) !== index) return undefined;
  const operator = textAt(module, range.from + 1);
  if (operator === "++" && range.to === range.from + 2) return 1;
  return operator === "+=" ? evaluate(module, { from: range.from + 2, to: range.to }) : undefined;
}

const declares = /^(?:&|var|let|const)$/u;
const assigns = /^(?:=|\+\+|--|[-+*/%&|^]=|<<=|>)$/u;

/** Whether the body may write the variable, take its address, or declare another of its name. Rather yes than no. */
function changes(module: Module, body: Block, index: string): boolean {
  for (let at = body.open; at < body.close; at++) {
    if (textAt(module, at) !== index) continue;
    const [before, after] = [textAt(module, at - 1), textAt(module, at + 1)];
    if (declares.test(before) || assigns.test(after)) return true;
    const inParentheses = before === "(" && after === ")";
    if (inParentheses && module.tokens[at - 2]?.kind !== "name") return true;
  }
  return false;
}
