/** The language model's sizes, as the cell `sizes` of chat.nb.md has them. */
export const sizes = { layers: 2, heads: 4, headSize: 32, length: 128, width: 128 };

/** What every engine begins with: the same weights by name, flat, with their shapes. */
export interface Setting {
  readonly sizes: typeof sizes;
  readonly weights: Readonly<Record<string, Float32Array>>;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

/** An engine that writes on, greedily: the bytes behind the prompt; `onToken` hears of each as it is read back. */
export interface Writing {
  /** How many texts it writes at once; 1 by default. */
  readonly texts?: number;
  readonly write: (
    prompt: readonly number[],
    most: number,
    onToken: () => void,
  ) => Promise<readonly number[]>;
}
