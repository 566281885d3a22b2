import { positionAt, type Span } from "@tilebook/base";

/** A text beside another, linked line by line: `spans[n]` is the piece of the source that line n + 1 came from. */
export interface LinkedText {
  readonly spans: readonly (Span | undefined)[];
}

/** Lines of the source, 1-based and inclusive. */
export interface Lines {
  readonly first: number;
  readonly last: number;
}

export function linesOf(text: string, span: Span): Lines {
  return {
    first: positionAt(text, span.start).line,
    last: positionAt(text, Math.max(span.start, span.end - 1)).line,
  };
}

/**
 * The lines of the linked text (1-based) that come from this source line. Of several spans that contain the line,
 * those of the smallest count: a loop's span covers its body, but the body's own lines say more.
 */
export function linesFrom(
  linked: LinkedText,
  source: { readonly id: string; readonly text: string },
  line: number,
): number[] {
  const found = linked.spans.flatMap((span, index) => {
    if (span === undefined || span.source !== source.id) return [];
    const { first, last } = linesOf(source.text, span);
    return first <= line && line <= last ? [{ at: index + 1, size: last - first }] : [];
  });
  const smallest = Math.min(...found.map(({ size }) => size));
  return found.filter(({ size }) => size === smallest).map(({ at }) => at);
}
