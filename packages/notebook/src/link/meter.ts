/**
 * How far a link of this length gets: `green` fits into chats, `amber` into most mail, `red` only into browsers that
 * one pastes it into, and beyond that the notebook should go as a file.
 */
export interface LinkMeter {
  readonly level: "green" | "amber" | "red" | "file";
  readonly characters: number;
  /** The first length that is no longer of this level; absent for `file`. */
  readonly below?: number;
}

const levels = [
  ["green", 1900],
  ["amber", 8000],
  ["red", 32_000],
] as const;

/** `characters`: of the whole link, with the address of the page. */
export function meterLink(characters: number): LinkMeter {
  for (const [level, below] of levels) if (characters < below) return { level, characters, below };
  return { level: "file", characters };
}
