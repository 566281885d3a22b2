import { tensorTypes } from "@tilebook/tensor";
import globalsText from "./cell-globals.txt?raw";

export interface AmbientFile {
  readonly path: string;
  readonly text: string;
}

/** What cells find without importing it: the tensor API, and the few globals of the cell worker. */
export const ambientTypes: readonly AmbientFile[] = [
  { path: "tensor.d.ts", text: tensorTypes },
  { path: "cell-globals.d.ts", text: globalsText },
];
