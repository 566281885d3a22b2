import type { Span } from "@tilebook/base";

/** A text and, for each of its lines, the piece of source it came from. */
export interface PrintedText {
  readonly text: string;
  /** `spans[n]` belongs to line n + 1. */
  readonly spans: readonly (Span | undefined)[];
}

/** Collects indented lines with their spans. */
export class Lines {
  readonly #lines: string[] = [];
  readonly #spans: (Span | undefined)[] = [];
  #depth = 0;

  add(text: string, span: Span | undefined): void {
    this.#lines.push("  ".repeat(this.#depth) + text);
    this.#spans.push(span);
  }

  /** Lines that `make` adds stand one step further in. */
  indent(make: () => void): void {
    this.#depth += 1;
    make();
    this.#depth -= 1;
  }

  finish(): PrintedText {
    return { text: `${this.#lines.join("\n")}\n`, spans: this.#spans };
  }
}

/** Numbers as both texts write them: shortest form that reads back as the same double. */
export function printNumber(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The inverse of `printNumber`; undefined for anything else. */
export function readNumber(word: string): number | undefined {
  if (word === "nan") return NaN;
  if (word === "inf") return Infinity;
  if (word === "-inf") return -Infinity;
  return /^-?\d+(\.\d+)?(e[+-]\d+)?$/.test(word) ? Number(word) : undefined;
}
