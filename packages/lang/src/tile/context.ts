import { Fault, type Span } from "@tilebook/base";
import { type OpNote, TileBuilder } from "@tilebook/ir";
import type { SyntaxNode } from "../syntax.ts";

/** A kernel that takes more ops than this to write down is refused; loops that unroll are what gets there. */
const mostOps = 20_000;

/** The piece of source an op comes from, and the name its value gets. */
export interface At {
  readonly node: SyntaxNode;
  readonly label?: string | undefined;
}

/** Something a kernel says while it is compiled. */
export interface Remark {
  readonly span: Span;
  readonly text: string;
}

/** Where ops go while one kernel is lowered. */
export class Context {
  readonly builder: TileBuilder;
  /** Inside of a function that combines two numbers: there is nothing but arithmetic, so branches choose. */
  combining = false;
  /** What staticPrint said, in order. */
  readonly remarks: Remark[] = [];
  readonly #source: string;
  #ops = 0;

  constructor(source: string, name: string, node: SyntaxNode) {
    this.#source = source;
    this.builder = new TileBuilder(name, this.span(node));
  }

  span(node: SyntaxNode): Span {
    return { source: this.#source, start: node.start, end: node.end };
  }

  /** What a failed attempt wrote down does not count. */
  attempt<T>(work: () => T): T {
    const before = { ops: this.#ops, remarks: this.remarks.length };
    try {
      return work();
    } catch (error) {
      this.#ops = before.ops;
      this.remarks.length = before.remarks;
      throw error;
    }
  }

  /** Span and label of the next op. */
  note(at: At): OpNote {
    this.#ops += 1;
    if (this.#ops > mostOps) {
      throw this.fault(
        "kernel/too-large",
        at.node,
        `this kernel takes more than ${mostOps} operations to write down`,
        "loop with range(...), which stays a loop, instead of over a long array",
      );
    }
    return { span: this.span(at.node), label: labelled(at.label) };
  }

  /** The piece of source of an op that gives no value of its own. */
  mark(node: SyntaxNode): Span {
    return this.note({ node }).span ?? this.span(node);
  }

  fault(code: `kernel/${string}`, node: SyntaxNode, message: string, hint?: string): Fault {
    return new Fault(code, message, { span: this.span(node), hint });
  }
}

/** Very long names are left out of the IR, which has room for 64 characters. */
export function labelled(name: string | undefined): string | undefined {
  return name !== undefined && name.length <= 64 ? name : undefined;
}
