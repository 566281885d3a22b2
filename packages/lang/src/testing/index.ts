import { Fault } from "@tilebook/base";
import { printTile, type TileKernel } from "@tilebook/ir";
import { lowerKernel } from "../tile/lower.ts";

type Captured = Readonly<Record<string, unknown>>;

/** The one kernel of a cell, with the cell's own constants bound by hand. */
export function lowered(text: string, captured: Captured = {}): TileKernel {
  return lowerKernel({ source: "cell", text, kernel: "k0", captured });
}

/** A kernel with `params` and these statements. */
export function kernelText(params: string, body: string): string {
  return `const test = kernel((${params}) => {\n${body}\n});`;
}

/** The text with its values numbered in the order they appear: widening leaves gaps. */
export function numbered(text: string): string {
  const numbers = new Map<string, number>();
  return text.replace(/%((?:[\p{ID_Continue}$]+\.)?)(\d+)/gu, (_, label: string, id: string) => {
    if (!numbers.has(id)) numbers.set(id, numbers.size);
    return `%${label}${numbers.get(id) ?? id}`;
  });
}

/** The Tile IR of a kernel's statements, as text, without its head and foot. */
export function irOf(params: string, body: string, captured: Captured = {}): string {
  const lines = printTile(lowered(kernelText(params, body), captured))
    .trimEnd()
    .split("\n");
  return lines
    .slice(1, -1)
    .map((line) => line.slice(2))
    .join("\n");
}

/** What lowering says against a text: its code, the piece it points at, and the hint. */
export function faultIn(
  text: string,
  captured: Captured = {},
): { code: string; at: string; message: string; hint: string } {
  try {
    lowered(text, captured);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { code, message, hint = "", span } = error;
    return { code, at: text.slice(span?.start, span?.end), message, hint };
  }
  return { code: "none", at: "", message: "", hint: "" };
}

/** The same for the statements of one kernel. */
export function faultOf(params: string, body: string, captured: Captured = {}): ReturnType<typeof faultIn> {
  return faultIn(kernelText(params, body), captured);
}
