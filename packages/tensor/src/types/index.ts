import { gradDeclarations } from "./grad.ts";
import { mapDeclarations } from "./maps.ts";
import { shapeDeclarations } from "./shapes.ts";
import { convolutionDeclarations } from "./convolutions.ts";
import { quantDeclarations } from "./quant.ts";
import { outputDeclarations } from "./outputs.ts";
import { fileDeclarations } from "./files.ts";
import { fourierDeclarations } from "./fft.ts";
import { libraryDeclarations } from "./library.ts";
import { linearAlgebraDeclarations } from "./linalg.ts";
import { meshDeclarations } from "./mesh.ts";
import { moeDeclarations } from "./moe.ts";
import { trainDeclarations } from "./train.ts";
import { servingDeclarations } from "./serving.ts";
import { sparseDeclarations } from "./sparse.ts";
import { tensorDeclarations } from "./tensors.ts";

/** Names the tensor API gives to every cell. The sandbox adds its own (display, slider, asset, ...). */
export const tensorGlobals: readonly string[] = [
  "Tensor",
  "tensor",
  "random",
  "matmul",
  "attention",
  "linearAttention",
  "einsum",
  "where",
  "npy",
  "safetensors",
  "gguf",
  "quant",
  "sparse",
  "mesh",
  "sbp",
  "moe",
  "fft",
  "linalg",
  "associativeScan",
  "segmentSum",
  "segmentProd",
  "segmentMax",
  "segmentMin",
  "kernel",
  "out",
  "cdiv",
  "realize",
  "reference",
  "nmse",
  "compare",
  "time",
  "image",
  "imageGrid",
  "table",
  "plot",
  "mark",
  "md",
  "check",
  "origin",
  "download",
  "grad",
  "valueAndGrad",
  "stopGradient",
  "customGrad",
  "checkpoint",
  "jvp",
  "vmap",
  "gradcheck",
  "tree",
  "nn",
  "schedules",
  "optimizers",
  "trainer",
  "serving",
  "tokenizer",
];

/**
 * The ambient declarations of these names for the editor. Stands beside those of the tile language (packages/lang):
 * `where` is an overload of its namesake there, the other names are distinct.
 */
export const tensorTypes: string = [
  tensorDeclarations,
  gradDeclarations,
  trainDeclarations,
  mapDeclarations,
  shapeDeclarations,
  convolutionDeclarations,
  outputDeclarations,
  fourierDeclarations,
  fileDeclarations,
  quantDeclarations,
  sparseDeclarations,
  meshDeclarations,
  moeDeclarations,
  libraryDeclarations,
  linearAlgebraDeclarations,
  servingDeclarations,
].join("");
