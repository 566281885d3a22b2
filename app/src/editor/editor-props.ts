import type { Language } from "./highlight.ts";

/** What every editor of a cell's text gets. */
export interface EditorProps {
  readonly id: string;
  readonly text: string;
  readonly language: Language;
  readonly readOnly: boolean;
  readonly label: string;
}
