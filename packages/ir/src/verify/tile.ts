import { Fault } from "@tilebook/base";
import { accessOf } from "../access.ts";
import type { TileKernel, TileOp } from "../tile.ts";
import { argumentsOf, blocksOf, resultsOf } from "../walk.ts";
import { TileScope } from "./scope.ts";
import { spanned } from "./spanned.ts";
import { isName, type TileRule, tileRules } from "./tile-rules.ts";

/** Bounds of every kernel. A kernel within them is walked, printed and interpreted without overflowing a stack. */
export const tileBounds: { readonly ops: number; readonly nesting: number; readonly params: number } = {
  ops: 20_000,
  nesting: 32,
  params: 64,
};

/**
 * Checks everything that later stages rely on. Throws the first Fault in program order: `tile/T1` to `tile/T10` for
 * the rules of ops, `tile/value`, `tile/shape`, `tile/dtype`, `tile/size`, `tile/axis`, `tile/const` from the
 * typing rules, `tile/names`, `tile/access`, `tile/too-large` for the kernel as a whole.
 */
export function verifyTile(kernel: TileKernel): void {
  checkBounds(kernel);
  checkNames(kernel);
  const scope = spanned(kernel.span, () => new TileScope(kernel));
  checkBlock(kernel.body, scope);
  checkAccess(kernel);
}

function checkBlock(body: readonly TileOp[], scope: TileScope): void {
  for (const op of body) {
    spanned(op.span, () => check("op", op, scope));
    blocksOf(op).forEach((block, place) => {
      scope.open();
      spanned(op.span, () => argumentsOf(op).forEach((value) => scope.add(value)));
      checkBlock(block, scope);
      spanned(op.span, () => check("blockEnd", op, scope, place));
      scope.close();
    });
    spanned(op.span, () => resultsOf(op).forEach((value) => scope.add(value)));
  }
}

function check(at: TileRule["at"], op: TileOp, scope: TileScope, block: number = 0): void {
  for (const rule of tileRules) {
    if (rule.at !== at) continue;
    const wrong = rule.check(op, scope, block);
    if (wrong !== undefined) throw new Fault(`tile/${rule.id}`, `${op.kind}: ${wrong}`, { hint: rule.says });
  }
}

function checkBounds(kernel: TileKernel): void {
  const refuse = (what: string): never => {
    throw new Fault("tile/too-large", `kernel ${kernel.name} has ${what}`, { span: kernel.span });
  };
  if (kernel.params.length > tileBounds.params) refuse(`more than ${tileBounds.params} parameters`);
  const open: { readonly body: readonly TileOp[]; readonly depth: number }[] = [
    { body: kernel.body, depth: 0 },
  ];
  let ops = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { body, depth } = next;
    ops += body.length;
    if (ops > tileBounds.ops) refuse(`more than ${tileBounds.ops} ops`);
    if (depth > tileBounds.nesting) refuse(`blocks nested deeper than ${tileBounds.nesting}`);
    for (const op of body) for (const block of blocksOf(op)) open.push({ body: block, depth: depth + 1 });
  }
}

function checkNames(kernel: TileKernel): void {
  const { name, params, span } = kernel;
  const names = params.map((param) => param.name);
  const bad = [name, ...names].find((text) => !isName(text));
  if (bad !== undefined) throw new Fault("tile/names", `${JSON.stringify(bad)} is no name`, { span });
  const twice = names.find((text, place) => names.indexOf(text) !== place);
  if (twice !== undefined) throw new Fault("tile/names", `two parameters are called ${twice}`, { span });
}

function checkAccess(kernel: TileKernel): void {
  const access = accessOf(kernel.body);
  for (const param of kernel.params) {
    if (param.kind !== "pointer" || access(param.value) === param.access) continue;
    const message = `${param.name} says ${param.access}, but the body does ${access(param.value)}`;
    throw new Fault("tile/access", message, { span: kernel.span });
  }
}
