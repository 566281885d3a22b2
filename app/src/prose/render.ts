import createDOMPurify from "dompurify";
import MarkdownIt, { type MarkdownIt as Markdown } from "markdown-it";
import { gallery } from "virtual:gallery";
import { colourCode } from "./colour-code.ts";
import { details } from "./details.ts";
import { galleryLink } from "./gallery-link.ts";
import { blockMath, inlineMath } from "./math.ts";

const shipped = gallery.map(({ name }) => name);

type Tex = (formula: string, display: boolean) => string;

const purify = createDOMPurify(window);

purify.addHook("afterSanitizeAttributes", (node) => {
  if (node.nodeName === "A") guardLink(node);
  if (node.nodeName === "IMG" && !/^(?:data:image\/|blob:)/.test(node.getAttribute("src") ?? ""))
    node.removeAttribute("src");
});

function guardLink(node: Element): void {
  node.removeAttribute("ping");
  const inside = galleryLink(node.getAttribute("href") ?? "", shipped);
  if (inside !== undefined) node.setAttribute("href", inside);
  if (node.getAttribute("href")?.startsWith("#") === true) return;
  node.setAttribute("target", "_blank");
  node.setAttribute("rel", "noopener noreferrer");
}

/** Markdown as nodes that hold no script, no form, no id and load nothing from elsewhere. KaTeX comes when it is needed. */
export async function renderMarkdown(text: string): Promise<DocumentFragment> {
  const tex = text.includes("$") ? (await import("./tex.ts")).tex : undefined;
  return purify.sanitize(renderer(tex).render(text), {
    RETURN_DOM_FRAGMENT: true,
    USE_PROFILES: { html: true, mathMl: true, svg: true },
    FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select", "video", "audio"],
    FORBID_ATTR: ["id", "name"],
    ADD_ATTR: ["target"],
  });
}

function renderer(tex: Tex | undefined): Markdown {
  const markdown = new MarkdownIt({ html: false, linkify: false, typographer: true, highlight: colourCode });
  markdown.block.ruler.before("fence", "details", details, {
    alt: ["paragraph", "reference", "blockquote", "list"],
  });
  if (tex === undefined) return markdown;
  markdown.inline.ruler.before("escape", "math_inline", inlineMath);
  markdown.block.ruler.before("fence", "math_block", blockMath, {
    alt: ["paragraph", "reference", "blockquote", "list"],
  });
  markdown.renderer.rules["math_inline"] = (tokens, index) => tex(tokens[index]?.content ?? "", false);
  markdown.renderer.rules["math_block"] = (tokens, index) =>
    `<p class="math">${tex(tokens[index]?.content ?? "", true)}</p>`;
  return markdown;
}
