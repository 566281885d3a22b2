import type { AnyNode } from "acorn";
import type { Binding } from "../names.ts";
import { childrenOf, type SyntaxNode } from "../syntax.ts";
import type { Frame, FunctionFrame, Lowering, LoopFrame } from "./lowering.ts";
import { constant, type Value } from "./value.ts";

/*
 * `break`, `continue` and `return` set flags, which are variables without a name in the text: `stop` of the function or the
 * loop they leave says that the statements behind are skipped, `broke` that no further turn begins. A flag that is known
 * while compiling costs nothing; the others are branched on by `lowerStatements`.
 */

/** What a piece of text may jump out of, beyond itself. */
interface Jumps {
  readonly breaks: boolean;
  readonly continues: boolean;
  readonly returns: boolean;
}

const none: Jumps = { breaks: false, continues: false, returns: false };
const known = new WeakMap<SyntaxNode, Jumps>();

export function jumpsOf(node: SyntaxNode): Jumps {
  const found = known.get(node) ?? findJumps(node);
  known.set(node, found);
  return found;
}

function findJumps(node: SyntaxNode): Jumps {
  if (node.type === "BreakStatement") return { ...none, breaks: true };
  if (node.type === "ContinueStatement") return { ...none, continues: true };
  if (node.type.includes("Function")) return none;
  const parts = childrenOf(node).map(jumpsOf);
  const returns = node.type === "ReturnStatement" || parts.some((part) => part.returns);
  if (/^(For|While|DoWhile)\w*Statement$/.test(node.type)) return { ...none, returns };
  const breaks = parts.some((part) => part.breaks);
  return { breaks, continues: parts.some((part) => part.continues), returns };
}

/** Does control never come out behind these statements, whatever happens in them? */
export function alwaysJumps(list: readonly SyntaxNode[]): boolean {
  return list.some((syntax) => {
    const node = syntax as AnyNode;
    if (/^(Break|Continue|Return)Statement$/.test(node.type)) return true;
    if (node.type === "BlockStatement") return alwaysJumps(node.body);
    if (node.type !== "IfStatement" || !node.alternate) return false;
    return alwaysJumps([node.consequent]) && alwaysJumps([node.alternate]);
  });
}

export function functionFrame(node: SyntaxNode): FunctionFrame {
  return { kind: "function", stop: flag("returned", node), result: flag("result", node) };
}

export function loopFrame(node: SyntaxNode): LoopFrame {
  return { kind: "loop", stop: flag("skips", node), broke: flag("broke", node) };
}

function flag(name: string, node: SyntaxNode): Binding {
  return { name, kind: "let", node, helper: undefined, top: false };
}

/** Lowers what stands in a function or in one turn of a loop. */
export function inFrame<T>({ frames, variables }: Lowering, frame: Frame, work: () => T): T {
  variables.set(frame.stop, constant(false));
  if (frame.kind === "loop") variables.set(frame.broke, constant(false));
  frames.push(frame);
  try {
    return work();
  } finally {
    frames.pop();
  }
}

/** Sets the flags of what a jump leaves. */
export function jump({ frames, variables }: Lowering, kind: "break" | "continue" | "return"): void {
  for (const frame of frames.toReversed()) {
    variables.set(frame.stop, constant(true));
    if (frame.kind === "loop" && kind !== "continue") variables.set(frame.broke, constant(true));
    if (kind !== "return" || frame.kind === "function") return;
  }
}

/** The function around this place. */
export function currentFunction({ frames }: Lowering): FunctionFrame {
  const found = frames.findLast((frame) => frame.kind === "function");
  if (found?.kind !== "function") throw new Error("statements stand in a function");
  return found;
}

/** Whether the statements at this place are skipped: a constant, or a bool of the running kernel. */
export function skipped({ frames, variables }: Lowering): Value {
  const frame = frames.at(-1);
  return (frame && variables.get(frame.stop)) ?? constant(false);
}

/** The flags that jumps in these parts may set. */
export function jumpTargets({ frames }: Lowering, parts: readonly SyntaxNode[]): readonly Binding[] {
  const jumps = parts.map(jumpsOf);
  const breaks = jumps.some((part) => part.breaks);
  const returns = jumps.some((part) => part.returns);
  const targets = new Set<Binding>();
  if (breaks || jumps.some((part) => part.continues)) addFlags(targets, frames.at(-1), breaks);
  if (!returns) return [...targets];
  for (const frame of frames.toReversed()) {
    addFlags(targets, frame, true);
    if (frame.kind === "function") break;
  }
  return [...targets];
}

function addFlags(targets: Set<Binding>, frame: Frame | undefined, ends: boolean): void {
  if (frame === undefined) return;
  targets.add(frame.stop);
  if (frame.kind === "function") targets.add(frame.result);
  else if (ends) targets.add(frame.broke);
}
