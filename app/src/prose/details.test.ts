import MarkdownIt from "markdown-it";
import { describe, expect, test } from "vitest";
import { details } from "./details.ts";

function html(text: string): string {
  const markdown = new MarkdownIt();
  markdown.block.ruler.before("fence", "details", details, { alt: ["paragraph"] });
  return markdown.render(text).replaceAll(">\n", ">").trim();
}

describe("folded parts in Markdown", () => {
  test("[F1] hold Markdown under a summary", () => {
    expect(html("<details><summary>A *hint*</summary>\n\nText\n\n</details>\n\nmore")).toBe(
      "<details><summary>A <em>hint</em></summary><p>Text</p></details><p>more</p>",
    );
  });
  test("[F2] may stand in each other", () => {
    const text =
      "<details><summary>a</summary>\n<details><summary>b</summary>\n\nx\n</details>\n</details>\ny";
    expect(html(text)).toBe(
      "<details><summary>a</summary><details><summary>b</summary><p>x</p></details></details><p>y</p>",
    );
  });
  test("[F3] what never closes, and other HTML, stays text", () => {
    expect(html("<details><summary>a</summary>\nx")).toBe(
      "<p>&lt;details&gt;&lt;summary&gt;a&lt;/summary&gt;\nx</p>",
    );
    expect(html("<div>x</div>")).toBe("<p>&lt;div&gt;x&lt;/div&gt;</p>");
  });
});
