/** Serving a language model, as the editor sees it. */
export const servingDeclarations: string = `
/** Rows of one step of a writer, each a token of one of its sequences. */
interface StepRows {
  /** i32 [n] */
  readonly tokens: Tensor;
  /** i32 [n]: how many tokens of its sequence stand before each. */
  readonly places: Tensor;
  /** Of [n, ...] the rows that a token is drawn of: what stands behind it is computed for no others. */
  last(x: Tensor): Tensor;
  /**
   * Writes keys and values [n, heads, headSize] of these rows down, and gives the attention of the queries over all that their sequences
   * have, up to and with the row itself. Queries may have a multiple of the heads. \`scale\` is 1 / √headSize by default.
   */
  attend(layer: number, q: Tensor, k: Tensor, v: Tensor, scale?: number): Tensor;
}

/** How the next token is chosen. */
interface Choosing {
  /** Scores are divided by it; 0, the default, takes the greatest. */
  readonly temperature?: number;
  /** Only the k greatest. */
  readonly topK?: number;
  /** Only the greatest whose probabilities add up to p. */
  readonly topP?: number;
  /** Only those at least so likely, relative to the greatest. */
  readonly minP?: number;
  /** The same seed gives the same text. */
  readonly seed?: number;
}

/** How a text goes on. */
interface WritingManner extends Choosing {
  /** Most tokens to write; by default as many as there is room for. */
  readonly most?: number;
  /** Tokens that end it. */
  readonly stop?: number | readonly number[];
  /** Ends it; by default that of the run that asks. */
  readonly signal?: AbortSignal;
}

/** What became of a request, in milliseconds since it was asked. */
interface RequestReport {
  readonly prompt: number;
  readonly tokens: number;
  readonly waited: number;
  readonly first: number;
  readonly total: number;
}

interface WriterReport {
  readonly waiting: number;
  readonly writing: number;
  readonly freePages: number;
  readonly steps: number;
  /** Tokens that were guessed, and those of them that the model wrote, too. */
  readonly guessed: number;
  readonly right: number;
  readonly tokens: number;
  /** Tokens of all texts that fell out of every window. */
  readonly forgotten: number;
  readonly tokensPerSecond: number;
  /** Requests that are done. */
  readonly done: number;
  /** The last 1,000 of them that have a token. */
  readonly requests: readonly RequestReport[];
}

interface MemorySizes {
  readonly layers: number;
  readonly heads: number;
  readonly headSize: number;
  readonly sequences: number;
  readonly length: number;
  readonly page: number;
  readonly pages: number;
  readonly pagesEach: number;
  readonly pagesKept: number;
  readonly window: number;
  readonly sinks: number;
  readonly dtype: "f32" | "f16" | "i8";
}

interface Writer {
  /** Goes on from a prompt, token by token. Several at once share their steps. */
  write(prompt: ArrayLike<number>, manner?: WritingManner): AsyncGenerator<number, void, undefined>;
  /** All tokens that go on from each of several prompts. */
  all(prompts: readonly ArrayLike<number>[], manner?: WritingManner | ((at: number) => WritingManner | undefined)): Promise<number[][]>;
  readonly report: WriterReport;
  readonly sizes: MemorySizes;
  /** Bytes of keys and values on the device. */
  readonly bytes: number;
}

/** Text to numbers of tokens and back. */
interface Tokenizer {
  encode(text: string): number[];
  /** Control tokens leave no text. */
  decode(tokens: ArrayLike<number>): string;
  /** The number of a token, as it is written: "<|im_start|>". */
  idOf(token: string): number | undefined;
  readonly size: number;
  /** What a text begins with and ends in, where the file says so. */
  readonly begin: number | undefined;
  readonly end: number | undefined;
}

declare const tokenizer: {
  /** Of the text of a tokenizer.json, as models on Hugging Face have them. */
  fromJson(text: string): Tokenizer;
  /** Of a GGUF file: \`tokenizer.fromGguf((await gguf.open(file)).metadata)\`. Byte pairs (gpt2) and SentencePiece (llama). */
  fromGguf(metadata: Readonly<Record<string, unknown>>): Tokenizer;
};

declare const serving: {
  /**
   * Writes texts on by a model, several at once, with keys and values kept on the device. \`model\` gives scores [n, words] of the rows of a
   * step, or of \`rows.last(x)\`.
   *
   * \`\`\`ts
   * const writer = serving.writer({ model, layers: 2, heads: 4, headSize: 32, sequences: 8, length: 128 });
   * for await (const token of writer.write(prompt, { most: 40, temperature: 0.8, topP: 0.9, seed: 1 })) ...
   * \`\`\`
   */
  writer(options: {
    readonly model: (rows: StepRows) => Tensor;
    readonly layers: number;
    /** Heads of keys and values. */
    readonly heads: number;
    readonly headSize: number;
    /** How many texts at once; 1 by default. */
    readonly sequences?: number;
    /** Most tokens of one text, its prompt included. */
    readonly length: number;
    /** Tokens of a page of keys and values; 32 by default. */
    readonly page?: number;
    /** Pages of all texts; by default as many as all may need. */
    readonly pages?: number;
    /** Each token looks at so many of its text, itself among them; by default at all. What fell out of all windows is written over. */
    readonly window?: number;
    /** With a window, the first tokens of a text that all others look at, too; 0 by default. */
    readonly sinks?: number;
    /** How keys and values are kept; i8 with a scale for each head of each token. */
    readonly dtype?: "f32" | "f16" | "i8";
    /** Tokens of prompts that one step reads; 32 by default. */
    readonly chunk?: number;
    /** Tokens that are guessed for each text and looked at in the same step; 0 by default. */
    readonly guesses?: number;
    /** Guesses at most \`count\` tokens that follow; by default what followed the last tokens of the text where they stood before. */
    readonly guess?: (text: readonly number[], count: number) => readonly number[] | Promise<readonly number[]>;
    /** Steps in which at most so many texts write have rows for no more, and take less; 0 by default. Then rounding may depend on how many write. */
    readonly few?: number;
    /** Guesses by a smaller model, with keys and values of its own for the same texts; \`guesses\` is 3 then. */
    readonly draft?: {
      readonly model: (rows: StepRows) => Tensor;
      readonly layers: number;
      readonly heads: number;
      readonly headSize: number;
      readonly dtype?: "f32" | "f16" | "i8";
    };
  }): Writer;
};
`;
