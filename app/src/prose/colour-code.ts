import { type Language, type Token, tokenize } from "../editor/highlight.ts";

const languages: ReadonlyMap<string, Language> = new Map([
  ["ts", "ts"],
  ["typescript", "ts"],
  ["js", "ts"],
  ["wgsl", "wgsl"],
]);

/** Markup for a block of code, coloured as cells are. "" where the language is not known: then it stays plain. */
export function colourCode(text: string, language: string): string {
  const known = languages.get(language);
  return known === undefined ? "" : tokenize(text, known).map(markup).join("");
}

function markup({ kind, text }: Token): string {
  const safe = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return kind === "plain" ? safe : `<span class="token-${kind}">${safe}</span>`;
}
