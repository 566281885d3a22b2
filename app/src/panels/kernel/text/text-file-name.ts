import type { LinkedView } from "../line-links.ts";

/** What the file of a text is called: scale.wgsl, scale.tile-ir-fold-constants.txt, scale.ts */
export function textFileName(kernel: string, { name, source }: LinkedView): string {
  if (name === "WGSL") return `${kernel}.wgsl`;
  if (source !== undefined) return `${kernel}.ts`;
  return `${kernel}.${name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.txt`;
}
