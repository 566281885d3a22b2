import type { Span } from "@tilebook/base";
import { anyRange, formsOf, rangesOf, showType, sizeOf, type TileKernel, walkOps } from "@tilebook/ir";
import type { AnyNode } from "acorn";
import { isIdentifier, nameEnd, plain, type SyntaxNode } from "../syntax.ts";
import { describe, type TileValue, type Value } from "../tile/value.ts";
import { type Checked, examineKernels, type KernelCheck } from "./check.ts";
import { shownNumber } from "./guess.ts";
import { wordsOf } from "./words.ts";

/** What there is to say about a place in a kernel. */
export interface Hover {
  readonly span: Span;
  /** Code: "rows: i32[16, 1]", "load(pointer: number, ...): Tile". */
  readonly code: readonly string[];
  /** Sentences. */
  readonly says: readonly string[];
}

/** For the editor: what the name or the call at `offset` is, also in a kernel with a fault further on. */
export function kernelHover(check: KernelCheck, offset: number): Hover | undefined {
  for (const checked of examineKernels(check)) {
    const [run] = checked.runs;
    if (run === undefined) continue;
    const place = smallestAt([...run.declared.keys(), ...run.seen.keys()], offset);
    const value = place && (run.seen.get(place) ?? run.declared.get(place));
    if (place === undefined || value === undefined) continue;
    return hoverOf({ ...check, checked, kernel: run.kernel, seen: run.seen }, place, value);
  }
  return undefined;
}

interface Scene extends KernelCheck {
  readonly checked: Checked;
  readonly kernel: TileKernel | undefined;
  readonly seen: ReadonlyMap<SyntaxNode, Value>;
}

function smallestAt(nodes: readonly SyntaxNode[], offset: number): SyntaxNode | undefined {
  let best: SyntaxNode | undefined;
  for (const node of nodes) {
    if (node.start > offset || node.end < offset || node.type.includes("Function")) continue;
    if (best === undefined || node.end - node.start < best.end - best.start) best = node;
  }
  return best;
}

function hoverOf(scene: Scene, node: SyntaxNode, value: Value): Hover {
  const { source, text } = scene;
  const end = isIdentifier(node) ? nameEnd(node, text) : node.end;
  const span = { source, start: node.start, end };
  if (value.kind === "function") return functionHover(scene, node, span, value.name);
  const name = isIdentifier(node) ? node.name : undefined;
  const code = [name === undefined ? typeOf(value) : `${name}: ${typeOf(value)}`];
  const guessed = name !== undefined && scene.checked.guessed.includes(name);
  const unknown = `its value is known when the kernel is launched; checked as if it were ${shownNumber}`;
  return { span, code, says: guessed ? [unknown] : sayValue(scene, node, value) };
}

function functionHover(scene: Scene, node: SyntaxNode, span: Span, name: string): Hover {
  const words = wordsOf(name);
  const call = [...scene.seen].find(
    ([part]) => part.type === "CallExpression" && "callee" in part && part.callee === node,
  );
  const result = call === undefined || isNothing(call[1]) ? [] : [`here: ${typeOf(call[1])}`];
  const example = words?.example === undefined ? [] : [`// for example\n${words.example}`];
  const says = words === undefined ? [] : [words.says];
  const about = call === undefined ? [] : sayValue(scene, call[0], call[1]);
  return {
    span,
    code: [...(words?.signatures ?? [name]), ...example],
    says: [...says, ...result.map((text) => `${text}${about.length > 0 ? `, ${about.join(", ")}` : ""}`)],
  };
}

function isNothing(value: Value): boolean {
  return value.kind === "constant" && value.value === undefined;
}

function typeOf(value: Value): string {
  return value.kind === "tile" ? showType(value.type) : describe(value);
}

function sayValue(scene: Scene, node: SyntaxNode, value: Value): readonly string[] {
  if (value.kind === "pointer" && value.offset.kind === "tile")
    return [`moved by ${showType(value.offset.type)}`];
  if (value.kind === "constant" && !isNothing(value)) return ["known while compiling"];
  if (value.kind !== "tile") return [];
  return [
    ...sayTile(value),
    ...sayRange(scene, value),
    ...sayPrograms(scene, value),
    ...sayAccess(scene, node),
  ];
}

function sayTile({ type }: TileValue): readonly string[] {
  const { dtype, shape } = type;
  const size = sizeOf(shape);
  const mask = dtype === "bool" ? " (a mask)" : "";
  return shape.length === 0
    ? ["uniform: one value for the whole program"]
    : [`per element: ${size} ${size === 1 ? "value" : "values"}${mask}`];
}

function sayRange({ kernel }: Scene, { id, type }: TileValue): readonly string[] {
  if (kernel === undefined || type.dtype !== "i32") return [];
  const { least, most } = rangesOf(kernel)(id);
  if (least === anyRange.least && most === anyRange.most) return [];
  if (most === anyRange.most) return [`at least ${least}`];
  return least === anyRange.least ? [`at most ${most}`] : [`from ${least} to ${most}`];
}

function sayPrograms({ kernel }: Scene, { id }: TileValue): readonly string[] {
  if (kernel === undefined) return [];
  const axes = formsOf(kernel).axesOf(id);
  const named = [0, 1, 2].filter((axis) => (axes & (1 << axis)) !== 0);
  if (named.length === 0) return ["the same in every program"];
  return [`differs between programs along ${named.length === 1 ? "axis" : "axes"} ${named.join(", ")}`];
}

/** Whether a load is masked. */
function sayAccess({ kernel }: Scene, node: SyntaxNode): readonly string[] {
  const call = plain(node) as AnyNode;
  const said: string[] = [];
  if (kernel === undefined || call.type !== "CallExpression") return said;
  walkOps(kernel.body, (op) => {
    const here = op.span?.start === call.start && op.span.end === call.end;
    if (here && op.kind === "load" && said.length === 0)
      said.push(op.mask === undefined ? "without a mask" : "masked");
  });
  return said;
}
