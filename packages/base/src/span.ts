/**
 * A half-open range of UTF-16 offsets in one source text.
 * `source` names the text: a cell's id, or a path for kernels that ship with Tilebook.
 */
export interface Span {
  readonly source: string;
  readonly start: number;
  readonly end: number;
}

/** A piece of source, and the other pieces that were folded into what came of it. */
export interface Origin extends Span {
  readonly also?: readonly Span[];
}

export interface Position {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
}

/** Where `offset` stands in `text`. Offsets outside the text are clamped to its ends. */
export function positionAt(text: string, offset: number): Position {
  const at = Math.max(0, Math.min(offset, text.length));
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf("\n") + 1;
  let line = 1;
  for (let i = before.indexOf("\n"); i >= 0; i = before.indexOf("\n", i + 1)) line += 1;
  return { line, column: at - lineStart + 1 };
}

/** The smallest span that covers both. They must name the same source. */
export function cover(a: Span, b: Span): Span {
  return { source: a.source, start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}
