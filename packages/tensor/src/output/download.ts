import { dataFileEndings, Fault, isDataFileName } from "@tilebook/base";
import type { Branded } from "./brand.ts";

/** A button by which the person saves a file. */
export interface DownloadOutput extends Branded {
  readonly kind: "download";
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Offers a file of these bytes, or of this text in UTF-8. Nothing is saved before the person says so. Faults `download/name`, `download/bytes`. */
export function download(name: unknown, content: unknown): DownloadOutput {
  if (typeof name !== "string" || !isDataFileName(name)) {
    throw new Fault("download/name", `a file cannot be saved as "${String(name).slice(0, 100)}"`, {
      hint: `a plain name that ends in one of ${dataFileEndings}`,
    });
  }
  if (typeof content === "string")
    return { $output: true, kind: "download", name, bytes: new TextEncoder().encode(content) };
  if (content instanceof Uint8Array) return { $output: true, kind: "download", name, bytes: content };
  throw new Fault("download/bytes", `a file is made of bytes or text, not of ${typeof content}`, {
    hint: 'await what makes them: download("x.npy", await npy.write(x))',
  });
}
