import { renderToString } from "katex";
import "katex/dist/katex.min.css";

const mostCharacters = 4096;

/** A formula as HTML. What KaTeX refuses, or what is too long for it, stays readable as text. */
export function tex(formula: string, display: boolean): string {
  if (formula.length > mostCharacters) return asText(formula);
  try {
    return renderToString(formula, {
      displayMode: display,
      throwOnError: true,
      trust: false,
      maxExpand: 1000,
      maxSize: 50,
      strict: "ignore",
    });
  } catch {
    return asText(formula);
  }
}

function asText(formula: string): string {
  const escaped = formula.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<code class="math-failed" title="This formula cannot be set">${escaped}</code>`;
}
