import { runTileKernel, type TileMessage } from "@tilebook/interp";
import { lowerKernel } from "../tile/lower.ts";

export interface Run {
  readonly params?: string;
  readonly args?: readonly (Float64Array | number)[];
  readonly captured?: Readonly<Record<string, unknown>>;
  readonly constants?: Readonly<Record<string, unknown>>;
  readonly onMessage?: (message: TileMessage) => void;
  /** Text before the kernel: helpers. */
  readonly before?: string;
}

/** What `x` holds. */
export const inputs: readonly number[] = [3, 1, 4, 1, 5, 9, 2, 6];

/** What a body stores to `y` (16 numbers), with `x` holding eight, and more parameters behind. */
export function stored(
  body: string,
  { params = "", args = [], captured = {}, constants = {}, onMessage, before = "" }: Run = {},
): number[] {
  const text = `${before}\nconst k = kernel((x: Ptr, y: Ptr${params}) => {\n${body}\n});`;
  const kernel = lowerKernel({ source: "cell", text, kernel: "k0", captured, constants });
  const y = new Float64Array(16);
  runTileKernel(kernel, [1, 1, 1], [Float64Array.from(inputs), y, ...args], { rounding: "f64", onMessage });
  return [...y];
}
