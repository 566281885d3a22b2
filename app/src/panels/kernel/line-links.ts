import { positionAt, type Span } from "@tilebook/base";

/** A text whose lines know where they come from: the source itself, or a stage of the compiler. */
export interface LinkedView {
  readonly name: string;
  readonly text: string;
  /** For the source: its name in spans. */
  readonly source?: string;
  /** For a stage: `spans[n]` is the piece of source that line n + 1 came from. */
  readonly spans?: readonly (Span | undefined)[];
}

/** Lines of a text, 1-based and inclusive. */
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

/** The lines of `to` (1-based) that say what a line of `from` says; the two may be the same view. */
export function sameLines(from: LinkedView, line: number, to: LinkedView): number[] {
  return from.name === to.name ? [line] : linkedLines(from, line, to);
}

/** The lines of `to` (1-based) that belong to a line of `from`. */
export function linkedLines(from: LinkedView, line: number, to: LinkedView): number[] {
  if (from.source !== undefined) return to.spans === undefined ? [] : linesFromSource(from, line, to.spans);
  const span = from.spans?.[line - 1];
  if (span === undefined) return [];
  if (to.spans !== undefined) return linesFromSpan(span, to.spans);
  if (to.source !== span.source) return [];
  const { first, last } = linesOf(to.text, span);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Of several spans that touch the source line, those over the fewest lines count: a loop's span covers its body too. */
function linesFromSource(source: LinkedView, line: number, spans: readonly (Span | undefined)[]): number[] {
  const found = spans.flatMap((span, index) => {
    if (span === undefined || span.source !== source.source) return [];
    const { first, last } = linesOf(source.text, span);
    return first <= line && line <= last ? [{ at: index + 1, size: last - first }] : [];
  });
  const smallest = Math.min(...found.map(({ size }) => size));
  return found.filter(({ size }) => size === smallest).map(({ at }) => at);
}

/** Lines from the very same piece of source; else those from the smallest piece around it. */
function linesFromSpan(span: Span, spans: readonly (Span | undefined)[]): number[] {
  const around = spans.flatMap((other, index) => {
    const contains = other?.source === span.source && other.start <= span.start && span.end <= other.end;
    return contains ? [{ at: index + 1, size: other.end - other.start }] : [];
  });
  const smallest = Math.min(...around.map(({ size }) => size));
  return around.filter(({ size }) => size === smallest).map(({ at }) => at);
}
