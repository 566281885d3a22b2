import { type FaultData, faultData, Fault } from "@tilebook/base";
import type { TileKernel } from "@tilebook/ir";
import type { Binding } from "../names.ts";
import { isInside } from "../kernels.ts";
import { childrenOf, field, nodeField, type SyntaxNode } from "../syntax.ts";
import type { Remark } from "../tile/context.ts";
import { guarded, type KernelRequest, lowerBody, type OpenKernel, openKernel } from "../tile/lower.ts";
import type { Value } from "../tile/value.ts";

/** A name without a value that could be trusted; one that nothing declares by its text. */
type Lost = Binding | string;

/** What can be found out about one kernel without running anything. */
export interface Examined {
  readonly faults: readonly FaultData[];
  /** What the kernel says while it is compiled, in order. */
  readonly remarks: readonly Remark[];
  /** As far as it could be lowered; undefined when it has no valid form. */
  readonly kernel: TileKernel | undefined;
  /** The kernel's function; undefined when it was not found. */
  readonly node: SyntaxNode | undefined;
  /** What every declared name is, by its identifier. */
  readonly declared: ReadonlyMap<SyntaxNode, Value>;
  /** What every expression is. */
  readonly seen: ReadonlyMap<SyntaxNode, Value>;
}

/**
 * Lowers a kernel statement by statement, also inside of loops and branches. After a fault it goes on with the next one that
 * uses nothing of what the faulty one was to declare or change, so that one mistake is told once and the next one too.
 */
export function examine(request: KernelRequest): Examined {
  const seen = new Map<SyntaxNode, Value>();
  const faults: FaultData[] = [];
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return guarded(request.source, work);
    } catch (error) {
      faults.push(faultData(error));
      if (!(error instanceof Fault)) throw error;
      return undefined;
    }
  };
  const open = attempt(() => openKernel(request, seen));
  if (open === undefined) {
    return { faults, remarks: [], kernel: undefined, node: undefined, declared: new Map(), seen };
  }
  const lost = new Set<Lost>();
  for (const param of open.node.params) {
    const before = faults.length;
    attempt(() => open.parameter(param));
    if (faults.length > before) lose(open, param, lost);
  }
  let full = false;
  open.lowering.recovery = {
    skips: (statement) => {
      const skip = full || usesLost(open, headOf(statement), lost);
      if (skip) lose(open, statement, lost);
      return skip;
    },
    failed: (statement, fault) => {
      faults.push(faultData(fault));
      full ||= fault.code === "kernel/too-large";
      lose(open, statement, lost);
    },
  };
  attempt(() => lowerBody(open.lowering, open.node));
  const ended = faults.length;
  const kernel = attempt(open.finish);
  // What is left of a faulty kernel may break rules that the whole one keeps.
  if (ended > 0) faults.length = ended;
  const { context, declared } = open.lowering;
  return { faults, remarks: context.remarks, kernel, node: open.node, declared, seen };
}

/** What a statement needs to be begun with: of loops, branches and blocks not their insides, which are gone through. */
function headOf(statement: SyntaxNode): readonly SyntaxNode[] {
  const inside = new Set(["body", "consequent", "alternate"].map((name) => field(statement, name)));
  if (!/^(Block|If|For|ForOf|While)Statement$/.test(statement.type)) return [statement];
  return childrenOf(statement).filter((part) => !inside.has(part) && statement.type !== "BlockStatement");
}

/** Whether a statement reads what was lost, by itself or in a helper it calls. */
function usesLost({ lowering }: OpenKernel, parts: readonly SyntaxNode[], lost: ReadonlySet<Lost>): boolean {
  const waiting: SyntaxNode[] = [...parts];
  const met = new Set<SyntaxNode>(waiting);
  for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) {
    for (const { node, binding } of lowering.names.references) {
      if (!isInside(node, body)) continue;
      if (lost.has(binding ?? node.name)) return true;
      const helper = binding?.helper;
      if (helper !== undefined && !met.has(helper)) waiting.push(helper);
      if (helper !== undefined) met.add(helper);
    }
  }
  return false;
}

/** The names that a part declares or assigns have no value that could be trusted. */
function lose({ lowering }: OpenKernel, part: SyntaxNode, lost: Set<Lost>): void {
  const { bindings, references } = lowering.names;
  for (const binding of bindings) if (isInside(binding.node, part)) lost.add(binding);
  const grown = grownBy(part);
  for (const { node, binding, writes } of references)
    if ((writes || node === grown) && isInside(node, part)) lost.add(binding ?? node.name);
}

/** The list that a statement such as `list.push(x)` was to change. */
function grownBy(part: SyntaxNode): SyntaxNode | undefined {
  const call = part.type === "ExpressionStatement" ? nodeField(part, "expression") : undefined;
  const callee = call?.type === "CallExpression" ? nodeField(call, "callee") : undefined;
  return callee?.type === "MemberExpression" ? nodeField(callee, "object") : undefined;
}
