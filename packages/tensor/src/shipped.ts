import { text as attention } from "./kernels/attention.ts";
import { text as matmul } from "./kernels/matmul.ts";

/** The texts of the kernels that ship with Tilebook, by the name their spans carry ("tilebook/matmul"): for whoever shows where code comes from. */
export const shippedTexts: Readonly<Record<string, string>> = Object.fromEntries(
  [attention, matmul].map(({ source, text }) => [source, text]),
);
