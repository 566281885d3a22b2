/** Reading and writing files of tensors. */
export const fileDeclarations = `
/**
 * Files of NumPy: \`npy.read((await asset("x.npy")).bytes)\`. 64-bit numbers are read as f32, i32 and u32, complex ones as a last axis of 2.
 * Files that are cut off or lie about themselves are faults (file/broken).
 */
declare const npy: {
  read(bytes: Uint8Array): Tensor;
  write(tensor: Tensor): Promise<Uint8Array>;
};

/**
 * Files of many tensors by name, as Hugging Face has them. bfloat16 is read as f32, 64-bit numbers as f32, i32 and u32.
 * Files that are cut off or lie about themselves are faults (file/broken).
 *
 * \`\`\`ts
 * const bytes = await safetensors.write({ weights, bias }, { step: "100" });
 * const { weights: again } = safetensors.read(bytes);
 * \`\`\`
 */
declare const safetensors: {
  read(bytes: Uint8Array): Readonly<Record<string, Tensor>>;
  /** Of a large file only the header is read: \`const file = await safetensors.open(chosen); const w = await file.tensor("w");\` */
  open(file: FileOfBytes | Uint8Array): Promise<OpenedSafetensors>;
  /** Weights of codes as the numbers that they stand for, or by the parts of a layout, \`up.qweight\` of \`up.weight\`. */
  write(
    tensors: Readonly<Record<string, Tensor>>,
    metadata?: Readonly<Record<string, string>>,
    options?: { readonly codes?: "gptq" | "matMulNBits" },
  ): Promise<Uint8Array>;
};

/** Lists of numbers are typed arrays, of booleans 0 and 1. 64-bit numbers that a number cannot hold are bigints. */
type GgufValue = number | bigint | boolean | string | ArrayLike<number> | readonly (number | bigint | string)[];

/** Types of numbers that tensors are rounded to. */
type PlainType = "F32" | "F16" | "BF16";

/** What is opened: a file of \`fileInput\` or \`asset\`. */
interface FileOfBytes {
  readonly size: number;
  slice(from?: number, to?: number, within?: { readonly before: number; readonly all: number }): Promise<Uint8Array>;
}

/** Tensors of a file that are read when they are asked for. Faults: file/name, file/dtype, file/broken, and those of \`slice\`. */
interface OpenedTensors {
  tensor(name: string): Promise<Tensor>;
  /** Several, or all of them, by name: neighbours in one reading, each on the device before the next ones are read. */
  load(names?: readonly string[]): Promise<Readonly<Record<string, Tensor>>>;
  /** The bytes of one as they lie in the file. */
  bytesOf(name: string): Promise<Uint8Array>;
}

interface OpenedSafetensors extends OpenedTensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Readonly<Record<string, { readonly dtype: string; readonly shape: readonly number[]; readonly bytes: number }>>;
}

interface OpenedGguf extends OpenedTensors, Pick<GgufFile, "metadata" | "tensors"> {}

interface GgufFile {
  /** \`file.metadata["general.architecture"]\` */
  readonly metadata: Readonly<Record<string, GgufValue>>;
  /** What the file has: \`table(Object.values(file.tensors))\`. \`bytes\` are those in the file. */
  readonly tensors: Readonly<Record<string, { readonly type: string; readonly shape: readonly number[]; readonly bytes: number }>>;
  /**
   * One of them, [rows, columns] for weights: \`x.matmul(file.tensor("output.weight").T)\` multiplies by the codes as they are,
   * in other cells, too. Faults: file/name, file/dtype.
   */
  tensor(name: string): Tensor;
}

/**
 * Files of language models, as llama.cpp has them.
 *
 * \`\`\`ts
 * const chosen = await fileInput("model", { accept: ".gguf" });
 * const model = chosen && await gguf.open(chosen);
 * const weights = await model?.load();
 * \`\`\`
 *
 * \`open\` reads the header alone, and each tensor when it is asked for: for files of any size. \`read\` has all bytes already.
 * Of its types are read F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K to Q6_K, IQ4_NL, IQ4_XS, TQ1_0, TQ2_0, MXFP4 and plain numbers.
 * Files that are cut off or lie about themselves are faults (file/broken).
 */
declare const gguf: {
  read(bytes: Uint8Array): GgufFile;
  /** Of a model that was split, all files in a list: \`await gguf.open([first, second])\`. Faults: file/parts, file/broken. */
  open(file: FileOfBytes | Uint8Array | readonly (FileOfBytes | Uint8Array)[]): Promise<OpenedGguf>;
  /**
   * A file of these tensors: weights of codes as they are, others as F32, F16, I8 or I32. \`as: { name: "F32" }\` writes the numbers of one,
   * \`as: "F32"\` of all. Types of values that were read stay; \`{ f32: 10_000 }\` says one. Faults: file/dtype, file/name, file/shape, file/value.
   *
   * \`\`\`ts
   * const bytes = await gguf.write({ "up.weight": quant.quantize(w) }, { "general.name": "small" });
   * \`\`\`
   */
  write(
    tensors: Readonly<Record<string, Tensor>>,
    metadata?: Readonly<Record<string, GgufValue | Readonly<Record<string, number | bigint>>>>,
    options?: { readonly as?: PlainType | Readonly<Record<string, PlainType>> },
  ): Promise<Uint8Array>;
};
`;
