import { Fault } from "@tilebook/base";
import { chosenToken } from "@tilebook/sandbox";
import type { RemoteFile } from "./remote-file.ts";

/*
 * Files that the person gave to a control of the open notebook. Cells know them by a token, which is the control's value: so
 * another choice is another value, and a cell reaches the files that were chosen and no others.
 */

const chosen = new Map<string, File | RemoteFile>();
let count = 0;

/** Keeps a file for the cells of the open notebook, and returns its token. */
export function keepChosen(file: File | RemoteFile): string {
  count += 1;
  const token = chosenToken(count, file.name);
  chosen.set(token, file);
  return token;
}

/** Fault `asset/gone` after the notebook was closed. */
export function chosenFile(token: string): File | RemoteFile {
  const file = chosen.get(token);
  if (file !== undefined) return file;
  throw new Fault("asset/gone", "the file that was chosen is not there any more", {
    hint: "choose it again",
  });
}

/** The notebook was closed. */
export function forgetChosen(): void {
  chosen.clear();
}
