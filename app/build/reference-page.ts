/**
 * A page of the documentation as a notebook of the gallery: a link to a page or notebook that ships as well leads there, one
 * to another file is only its words, since it would lead nowhere.
 */
export function referencePage(markdown: string, shipped: readonly string[]): string {
  return markdown.replace(
    /\[([^\]]+)\]\((?!https?:)(?:[\w./-]*\/)?([\w-]+)(?:\.nb)?\.md(?:#[\w-]*)?\)/g,
    (_, words: string, name: string) => (shipped.includes(name) ? `[${words}](#g=${name})` : words),
  );
}
