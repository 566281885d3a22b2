import { Fault } from "@tilebook/base";

/** Files of this device: chosen by the person, or handed to them. */

/** What kind of file a person may pick. */
export interface Wanted {
  readonly accept: string;
  readonly mostMegabytes: number;
}

const notebooks: Wanted = { accept: ".md,.nb.md,text/markdown,text/plain", mostMegabytes: 8 };

/** The file the person picks, or undefined when they pick none. Larger files are refused. */
export function pickFile({ accept, mostMegabytes }: Wanted = notebooks): Promise<File | undefined> {
  return new Promise((resolve, reject) => {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = accept;
    input.addEventListener("cancel", () => resolve(undefined));
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file !== undefined && file.size > mostMegabytes * 2 ** 20)
        reject(new Fault("file/large", `${file.name} is larger than ${mostMegabytes} MB`));
      else resolve(file);
    });
    input.click();
  });
}

export function saveFile(name: string, content: string | Uint8Array, type: string = "text/markdown"): void {
  const address = URL.createObjectURL(
    new Blob([typeof content === "string" ? content : content.slice()], { type }),
  );
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
