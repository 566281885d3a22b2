export interface Heading {
  /** 1 for the largest. */
  readonly level: number;
  /** Markdown. */
  readonly text: string;
}

/** The headings of a text, in order. */
export function headingsOf(text: string): readonly Heading[] {
  const found: Heading[] = [];
  let fenced = false;
  for (const line of text.split("\n")) {
    if (/^(?:```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? null : /^(#{1,6})\s+(.+?)\s*#*$/.exec(line);
    if (heading !== null) found.push({ level: heading[1]?.length ?? 1, text: heading[2] ?? "" });
  }
  return found;
}

/** What a link to this heading says after "#": as on GitHub, without the numbers that tell equal headings apart. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}
