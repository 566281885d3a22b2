import type { Span } from "@tilebook/base";

/** Where `span` of the text `before` stands in `after`; undefined when the change goes through it. */
export function moveSpan(span: Span, before: string, after: string): Span | undefined {
  if (before === after) return span;
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  if (span.end <= head) return span;
  if (span.start < before.length - tail) return undefined;
  const shift = after.length - before.length;
  return { ...span, start: span.start + shift, end: span.end + shift };
}
