import type { Origin } from "@tilebook/base";
import { diffLines } from "../diff-lines.ts";
import type { LinkedView } from "../line-links.ts";

/** What the view of a copy is called. */
export const copyName = "WGSL, your copy";

/** A copy as one more view. Its lines come from where those of the original come from, as long as they are in it. */
export function copyView(original: LinkedView, text: string): LinkedView {
  const { removed, added } = diffLines(original.text, text);
  const spans = original.text
    .trimEnd()
    .split("\n")
    .flatMap((_, at) => (removed.has(at + 1) ? [] : [original.spans?.[at]]));
  const lines = text.trimEnd().split("\n");
  // Of very long texts it is not known which line is which.
  if (lines.length - added.size !== spans.length) return { name: copyName, text, spans: [] };
  let kept = 0;
  return {
    name: copyName,
    text,
    spans: lines.map((_, at): Origin | undefined => (added.has(at + 1) ? undefined : spans[kept++])),
  };
}
