import { tileLanguageTypes } from "@tilebook/lang";
import { cellTypes } from "@tilebook/sandbox";
import globalsText from "./cell-globals.txt?raw";

export interface AmbientFile {
  readonly path: string;
  readonly text: string;
}

/** What cells find without importing it: the tile language, the tensor API and controls, and the globals of the cell worker. */
export const ambientTypes: readonly AmbientFile[] = [
  { path: "tile-language.d.ts", text: tileLanguageTypes },
  { path: "tensor.d.ts", text: cellTypes },
  { path: "cell-globals.d.ts", text: globalsText },
];
