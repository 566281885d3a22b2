/** One line of a text: `text.slice(start, end)` without its ending, `next` is where the following line starts. */
export interface Line {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** The lines of `text` from `from` on. A line ends at CRLF, LF, or a lone CR; the text after the last ending counts when it is not empty. */
export function linesOf(text: string, from = 0): readonly Line[] {
  const lines: Line[] = [];
  const ending = /\r\n|\n|\r/g;
  let start = from;
  while (start < text.length) {
    ending.lastIndex = start;
    const match = ending.exec(text);
    const end = match === null ? text.length : match.index;
    const next = match === null ? text.length : ending.lastIndex;
    lines.push({ text: text.slice(start, end), start, end, next });
    start = next;
  }
  return lines;
}

/** The first line ending of `text`; LF when it has none. */
export function lineEnding(text: string): string {
  return /\r\n|\n|\r/.exec(text)?.[0] ?? "\n";
}

/** What editors hold: every line ending is LF. Offsets in a cell count from this form. */
export function withLineFeeds(text: string): string {
  return text.includes("\r") ? text.replaceAll(/\r\n?/g, "\n") : text;
}

/** The inverse for printing: LF becomes the ending of the file. */
export function withEnding(text: string, ending: string): string {
  return ending === "\n" ? text : text.replaceAll("\n", ending);
}

/** Blank as Markdown means it: nothing but spaces and tabs. */
export function isBlank(text: string): boolean {
  return /^[ \t]*$/.test(text);
}
