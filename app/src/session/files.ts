/** Files of this device: chosen by the person, or handed to them. */

const mostBytes = 8 * 2 ** 20;

/** The file the person picks, or undefined when they pick none. Files over 8 MB are refused. */
export function pickFile(): Promise<File | undefined> {
  return new Promise((resolve, reject) => {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = ".md,.nb.md,text/markdown,text/plain";
    input.addEventListener("cancel", () => resolve(undefined));
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file !== undefined && file.size > mostBytes) reject(new Error(`${file.name} is larger than 8 MB`));
      else resolve(file);
    });
    input.click();
  });
}

export function saveFile(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** "Tiled attention" becomes tiled-attention.nb.md. */
export function fileName(title: string): string {
  const words = title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "");
  return `${words === "" ? "notebook" : words.slice(0, 80)}.nb.md`;
}
