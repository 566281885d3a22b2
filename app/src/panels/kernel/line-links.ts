import { type Origin, positionAt, type Span } from "@tilebook/base";

/** A text whose lines know where they come from: the source itself, or a stage of the compiler. */
export interface LinkedView {
  readonly name: string;
  readonly text: string;
  /** For the source: its name in spans. */
  readonly source?: string;
  /** For a stage: `spans[n]` is the piece of source that line n + 1 came from, with others that were folded into it. */
  readonly spans?: readonly (Origin | undefined)[];
  /** For a stage: passes after it that changed nothing. */
  readonly quiet?: readonly string[];
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

/** The piece of source that a line (1-based) of a view comes from. */
export function spanOfLine(view: LinkedView, line: number): Span | undefined {
  const { source, text } = view;
  if (source === undefined) return view.spans?.[line - 1];
  const lines = text.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
  return { source, start, end: start + (lines[line - 1]?.length ?? 0) };
}

/** The lines of `to` (1-based) that say what a line of `from` says; the two may be the same view. */
export function sameLines(from: LinkedView, line: number, to: LinkedView): number[] {
  return from.name === to.name ? [line] : linkedLines(from, line, to);
}

/** The lines of `to` (1-based) that belong to a line of `from`. */
export function linkedLines(from: LinkedView, line: number, to: LinkedView): number[] {
  if (from.source !== undefined) return to.spans === undefined ? [] : linesFromSource(from, line, to.spans);
  const pieces = piecesOf(from.spans?.[line - 1]);
  const { spans, source } = to;
  const lines = pieces.flatMap((span) => {
    if (spans !== undefined) return linesFromSpan(span, spans);
    return span.source === source ? linesWithin(to.text, span) : [];
  });
  return [...new Set(lines)].toSorted((a, b) => a - b);
}

function piecesOf(origin: Origin | undefined): readonly Span[] {
  return origin === undefined ? [] : [origin, ...(origin.also ?? [])];
}

/** A piece of more lines stands for its head and its end: a loop is not all that is in it. */
const mostLines = 4;

function linesWithin(text: string, span: Span): number[] {
  const { first, last } = linesOf(text, span);
  if (last - first >= mostLines) return [first, last];
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Of several spans that touch the source line, those over the fewest lines count: a loop's span covers its body too. */
function linesFromSource(
  { source, text }: LinkedView,
  line: number,
  spans: readonly (Origin | undefined)[],
): number[] {
  const found = spans.flatMap((origin, index) =>
    piecesOf(origin).flatMap((span) => {
      if (span.source !== source || !linesWithin(text, span).includes(line)) return [];
      const { first, last } = linesOf(text, span);
      return [{ at: index + 1, size: last - first }];
    }),
  );
  const smallest = Math.min(...found.map(({ size }) => size));
  return [...new Set(found.filter(({ size }) => size === smallest).map(({ at }) => at))];
}

/** Lines from the very same piece of source; else those from the smallest piece around it. */
function linesFromSpan(span: Span, spans: readonly (Origin | undefined)[]): number[] {
  const around = spans.flatMap((origin, index) =>
    piecesOf(origin).flatMap((other) => {
      const contains = other.source === span.source && other.start <= span.start && span.end <= other.end;
      return contains ? [{ at: index + 1, size: other.end - other.start }] : [];
    }),
  );
  const smallest = Math.min(...around.map(({ size }) => size));
  return around.filter(({ size }) => size === smallest).map(({ at }) => at);
}
