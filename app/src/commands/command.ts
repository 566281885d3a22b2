/** Something a person can ask for by key, by name in the palette, or by a button. */
export interface Command {
  readonly id: string;
  readonly title: string;
  readonly group: "Run" | "Cells" | "Move" | "Notebook" | "View";
  readonly keys: readonly string[];
  /** command: only while keys act on cells. any: also while one types. */
  readonly when: "command" | "any";
  /** Not offered when it would do nothing. */
  readonly ready?: () => boolean;
  readonly run: () => void;
}
