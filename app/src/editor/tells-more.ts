import type { TypeHint } from "@tilebook/lang";

/** A tile's type is worth showing; what already has a type in the text, and plain numbers, are not. */
export function tellsMore({ span, type }: TypeHint, text: string): boolean {
  return type.includes("[") && !/^\s*:/.test(text.slice(span.end));
}
