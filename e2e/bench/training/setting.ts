/** The language model's sizes, as its notebook has them. */
export interface Sizes {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly length: number;
  readonly batch: number;
}

/** AdamW, on gradients of at most norm `clip`. The rate comes with each step. */
export interface AdamW {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly decay: number;
  readonly clip: number;
}

/** What every engine begins with: the same weights by name, flat, with their shapes. */
export interface Setting {
  readonly sizes: Sizes;
  readonly adam: AdamW;
  readonly weights: Readonly<Record<string, Float32Array>>;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

/** What one step sees: pieces of the book [batch, length + 1]; the same as tokens [batch, length] and as those that come next. */
export interface Batch {
  readonly pieces: Int32Array;
  readonly tokens: Int32Array;
  readonly next: Int32Array;
  readonly rate: number;
}

/** An engine under way. */
export interface Training {
  /** One step, the loss read back: as a loop that draws its curve does it. Gives the loss before the step. */
  readonly step: (batch: Batch) => Promise<number>;
}
