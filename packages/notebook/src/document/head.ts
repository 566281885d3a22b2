import type { Document } from "./document.ts";
import { linesOf, withEnding, withLineFeeds } from "./lines.ts";

/** The document with other front matter (`inner`: what stands between the fences). All else keeps its characters. */
export function withFrontMatter(document: Document, inner: string | undefined): Document {
  const { head, ending, frontMatter } = document;
  if (inner === frontMatter || inner === undefined) return document;
  if (frontMatter !== undefined) {
    const start = linesOf(head)[0]?.next ?? 0;
    const changed = head.slice(0, start) + inner + head.slice(start + frontMatter.length);
    return { ...document, head: changed, frontMatter: inner };
  }
  const text = withEnding(withLineFeeds(inner), ending);
  const body = text === "" || text.endsWith(ending) ? text : text + ending;
  const [first, ...others] = document.blocks;
  const blocks = first?.gap === "" ? [{ ...first, gap: ending }, ...others] : document.blocks;
  return { ...document, head: `${head}---${ending}${body}---${ending}`, frontMatter: body, blocks };
}
