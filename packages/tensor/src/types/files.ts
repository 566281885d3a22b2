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
  write(tensors: Readonly<Record<string, Tensor>>, metadata?: Readonly<Record<string, string>>): Promise<Uint8Array>;
};
`;
