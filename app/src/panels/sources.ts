/** Texts of kernels that ship with Tilebook, by the name that spans give them. Filled when the tensor package gives them out. */
const texts: Readonly<Record<string, string>> = {};

export function sourceOf(name: string): string | undefined {
  return texts[name];
}
