import type { Function as FunctionNode } from "acorn";
import type { Binding, Names } from "../names.ts";
import { isInside } from "../kernels.ts";
import type { SyntaxNode } from "../syntax.ts";
import type { Context } from "./context.ts";
import type { Value } from "./value.ts";

/** How a list of statements ended: with a `return` and its value, or at its end. */
export type Completion = { readonly returned: Value; readonly node: SyntaxNode } | undefined;

/** Everything one kernel's lowering works with. The two functions tie expressions and statements together. */
export interface Lowering {
  readonly context: Context;
  readonly kernel: { readonly name: string; readonly node: FunctionNode };
  readonly names: Names;
  /** What a captured name means; undefined when there is none. */
  readonly captured: (name: string) => Value | undefined;
  readonly variables: Variables;
  /** The functions being lowered, the kernel first and the innermost helper last. */
  readonly active: FunctionNode[];
  /** For each loop and branch met so far, what it assigns. */
  readonly assigned: Map<SyntaxNode, readonly Binding[]>;
  /** What every declared name turned out to be, by its identifier. */
  readonly declared: Map<SyntaxNode, Value>;
  /** The variables that loops count. */
  readonly counters: Set<Binding>;
  expression(node: SyntaxNode, label?: string): Value;
  statements(list: readonly SyntaxNode[]): Completion;
}

/** What the names of a kernel mean at this point of it. */
export class Variables {
  #values = new Map<Binding, Value>();

  get(binding: Binding): Value | undefined {
    return this.#values.get(binding);
  }

  set(binding: Binding, value: Value): void {
    this.#values.set(binding, value);
  }

  /** Calls `attempt`; what it did to the variables is undone when it throws. */
  guard<T>(attempt: () => T): T {
    const before = new Map(this.#values);
    try {
      return attempt();
    } catch (error) {
      this.#values = before;
      throw error;
    }
  }

  /** Calls `inside`, gives what `read` then sees, and takes back what it did. */
  branch<T>(inside: () => void, read: () => T): T {
    const before = new Map(this.#values);
    try {
      inside();
      return read();
    } finally {
      this.#values = before;
    }
  }
}

/** The variables declared outside of `outer` that the text of `parts` assigns, in the order of the text. */
export function assignedIn(
  lowering: Lowering,
  parts: readonly SyntaxNode[],
  outer: SyntaxNode,
): readonly Binding[] {
  const known = lowering.assigned.get(outer) ?? findAssigned(lowering.names, parts, outer);
  lowering.assigned.set(outer, known);
  return known.filter((binding) => lowering.variables.get(binding) !== undefined);
}

function findAssigned(names: Names, parts: readonly SyntaxNode[], outer: SyntaxNode): readonly Binding[] {
  const found = new Set<Binding>();
  for (const { node, binding, writes } of names.references) {
    const outside = binding !== undefined && !isInside(binding.node, outer);
    if (writes && outside && parts.some((part) => isInside(node, part))) found.add(binding);
  }
  return [...found];
}
