import type { Fault } from "@tilebook/base";
import type { Function as FunctionNode } from "acorn";
import type { Binding, Names } from "../names.ts";
import { isInside } from "../kernels.ts";
import type { SyntaxNode } from "../syntax.ts";
import type { Context } from "./context.ts";
import { jumpTargets } from "./jumps.ts";
import type { Value } from "./value.ts";

/**
 * A function or a loop being lowered, with the flags of what leaves it early (see jumps.ts). `stop`: the statements behind
 * are skipped. `broke`: no further turn begins. `result`: what the function gives back.
 */
export type Frame = FunctionFrame | LoopFrame;

export interface FunctionFrame {
  readonly kind: "function";
  readonly stop: Binding;
  readonly result: Binding;
}

export interface LoopFrame {
  readonly kind: "loop";
  readonly stop: Binding;
  readonly broke: Binding;
}

/** How the checker goes on after a faulty statement. */
export interface Recovery {
  /** Does it use what a faulty statement was to make? */
  skips(statement: SyntaxNode): boolean;
  failed(statement: SyntaxNode, fault: Fault): void;
}

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
  /** The functions and loops around this place, the innermost last. */
  readonly frames: Frame[];
  /** Only while the checker looks, and not in an attempt whose faults decide how it goes on. */
  recovery: Recovery | undefined;
  /** For each statement met so far, what it assigns. */
  readonly assigned: Map<SyntaxNode, readonly Binding[]>;
  /** What every declared name turned out to be, by its identifier. */
  readonly declared: Map<SyntaxNode, Value>;
  /** The variables that loops count. */
  readonly counters: Set<Binding>;
  expression(node: SyntaxNode, label?: string): Value;
  statements(list: readonly SyntaxNode[]): void;
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

/** The variables and flags declared outside of `parts` that their text may change, in the order of the text. */
export function changedIn(lowering: Lowering, parts: readonly SyntaxNode[]): readonly Binding[] {
  const written = parts.flatMap((part) => {
    const known = lowering.assigned.get(part) ?? writtenIn(lowering.names, part);
    lowering.assigned.set(part, known);
    return known;
  });
  const names = written.filter(
    (binding) =>
      lowering.variables.get(binding) !== undefined && !parts.some((part) => isInside(binding.node, part)),
  );
  return [...new Set([...names, ...jumpTargets(lowering, parts)])];
}

function writtenIn(names: Names, part: SyntaxNode): readonly Binding[] {
  return names.references.flatMap(({ node, binding, writes }) => {
    const outside = binding !== undefined && !isInside(binding.node, part);
    return writes && outside && isInside(node, part) ? [binding] : [];
  });
}
