import type { Span } from "@tilebook/base";
import type { Reach } from "./calls.ts";
import { countedTurns } from "./counted.ts";
import type { Reader } from "./reader.ts";
import { type FunctionDeclaration, type Loop, loopsOf, type Module, textAt } from "./tree.ts";

/** A change of the text: `removed` characters at `at` give way to `inserted`. No insertion has a line break, so lines stay. */
export interface Edit {
  readonly at: number;
  readonly removed: number;
  readonly inserted: string;
}

/** How the turns of a kernel's loops are bounded. */
export interface Fuel {
  /**
   * "shared": all loops of a thread draw from one counter. "each": every loop starts with its own, so that threads of a
   * workgroup leave it together, as barriers need.
   */
  readonly kind: "shared" | "each";
  /** The place of each guarded loop. The flag holds the number of the loop that ran out, counted from 1. */
  readonly loops: readonly Span[];
  /** Guarded loops nest this deep, over calls too. */
  readonly depth: number;
  /** Guarded loops when calls are written out. */
  readonly sites: number;
  /** Most turns that nested loops of known length add to each turn of a guarded one. */
  readonly turns: number;
}

/** Nests of counted loops up to this many turns need no guard. */
const mostFreeTurns = 4096;

/** Guards the loops of all functions, so that none outlasts its fuel. */
export function guardLoops(
  module: Module,
  reader: Reader,
  reach: Reach,
): { readonly fuel: Fuel; readonly edits: readonly Edit[] } {
  const free = reach.turns <= mostFreeTurns;
  const kind = reach.together ? "each" : "shared";
  const loops: Span[] = [];
  const edits: Edit[] = [];
  for (const declaration of module.functions.values()) {
    const guarded = Array.from(loopsOf(declaration.body), ({ loop }) => loop).filter(
      (loop) => !free || countedTurns(module, loop) === undefined,
    );
    for (const loop of guarded) {
      loops.push(reader.span(loop.word));
      edits.push(...guard(module, loop, loops.length, kind));
    }
    if (guarded.length > 0) edits.push(...closeFunction(module, declaration));
  }
  const depth = free ? reach.depth : reach.allDepth;
  return { fuel: { kind, loops, depth, sites: reach.loops, turns: free ? reach.turns : 1 }, edits };
}

/** The turns one loop may make (kind "each") or all together (kind "shared"), when a thread has `fuel`. */
export function turnsOf(fuel: Fuel, amount: number): number {
  const own = amount / fuel.turns;
  const turns =
    fuel.kind === "shared" ? own : (own / Math.max(fuel.sites, 1)) ** (1 / Math.max(fuel.depth, 1));
  return Math.max(1, Math.min(2 ** 31, Math.floor(turns)));
}

function guard(module: Module, loop: Loop, number: number, kind: Fuel["kind"]): readonly Edit[] {
  const inside = module.tokens[loop.body.open]?.end ?? 0;
  const counter = kind === "shared" ? "tilebook_fuel" : `tilebook_left${number}`;
  const check = ` if (${counter} == 0u) { tilebook_out(${number}u); break; } ${counter} -= 1u;`;
  const edits: Edit[] = [{ at: inside, removed: 0, inserted: check }];
  if (kind === "each") {
    const before = module.tokens[loop.word]?.start ?? 0;
    edits.push({ at: before, removed: 0, inserted: `var ${counter} = tilebook_run.turns; ` });
  }
  return edits;
}

/** A loop that could only be left by `return` can now be left by running out: the function needs an end. */
function closeFunction(module: Module, { result, body }: FunctionDeclaration): readonly Edit[] {
  const last = body.statements.at(-1);
  const returns = last?.kind === "simple" && textAt(module, last.range.from) === "return";
  if (result === undefined || returns) return [];
  const type = module.tokens.slice(result.from, result.to).map((token) => token.text);
  return [
    { at: module.tokens[body.close]?.start ?? 0, removed: 0, inserted: ` return ${type.join("")}(); ` },
  ];
}
