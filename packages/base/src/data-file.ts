/** Most bytes of one file that a notebook reads or saves. */
export const mostFileBytes: number = 256 * 2 ** 20;

/** Endings of files that only hold data: opening one by mistake runs nothing. */
const endings = ["npy", "safetensors", "gguf", "csv", "json", "txt", "bin"] as const;

/** The endings in words, for hints. */
export const dataFileEndings: string = endings.map((ending) => `.${ending}`).join(", ");

const pattern = new RegExp(`^\\w[\\w .-]{0,99}\\.(?:${endings.join("|")})$`);

/** Whether a notebook may offer a file of this name for saving: a plain name, without folders, that ends as data. */
export function isDataFileName(name: string): boolean {
  return pattern.test(name);
}
