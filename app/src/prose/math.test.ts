import MarkdownIt from "markdown-it";
import { describe, expect, test } from "vitest";
import { blockMath, inlineMath } from "./math.ts";

function html(text: string): string {
  const markdown = new MarkdownIt();
  markdown.inline.ruler.before("escape", "math_inline", inlineMath);
  markdown.block.ruler.before("fence", "math_block", blockMath, { alt: ["paragraph"] });
  markdown.renderer.rules["math_inline"] = (tokens, index) => `[${tokens[index]?.content}]`;
  markdown.renderer.rules["math_block"] = (tokens, index) => `{${tokens[index]?.content}}`;
  return markdown.render(text).trim();
}

describe("math in Markdown", () => {
  test("[M1] a formula stands between dollars that touch it", () => {
    expect(html("so $O(n^2)$ here")).toBe("<p>so [O(n^2)] here</p>");
  });
  test("[M2] money is no formula", () => {
    expect(html("$5 and $6, or 5 $ and 6 $")).toBe("<p>$5 and $6, or 5 $ and 6 $</p>");
  });
  test("[M3] underscores and backslashes inside belong to the formula", () => {
    expect(html("$a_1 b_2 \\$ c$")).toBe("<p>[a_1 b_2 \\$ c]</p>");
  });
  test("[M4] display math spans lines and ends a paragraph", () => {
    expect(html("text\n$$\nx = 1\n$$\nmore")).toBe("<p>text</p>\n{x = 1}<p>more</p>");
    expect(html("$$x$$")).toBe("{x}");
  });
  test("[M5] what never closes stays as it is", () => {
    expect(html("$$\nx = 1")).toBe("<p>$$\nx = 1</p>");
    expect(html("a $b c")).toBe("<p>a $b c</p>");
  });
  test("[M6] dollars in code stay", () => {
    expect(html("`$x$`")).toBe("<p><code>$x$</code></p>");
  });
});
