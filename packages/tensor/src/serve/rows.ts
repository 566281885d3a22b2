/*
 * What a step is told about its rows, one i32 tensor [fields, n]. A row is one token of one sequence.
 *
 *   field  name         of each row
 *     0    token        its number
 *     1    sequence     whose it is, or -1: the row is empty
 *     2    place        how many tokens of the sequence stand before it
 *
 *   field  name         of each result: a token that is drawn
 *     3    row          of which row's scores, or -1: nothing is drawn
 *     4    seed         with the place it gives the noise
 *     5    temperature  bits of an f32; 0 takes the greatest
 *     6    topK         0: all
 *     7    topP         bits of an f32; 1: all
 *     8    minP         bits of an f32; 0: all
 */
export const Field = {
  token: 0,
  sequence: 1,
  place: 2,
  row: 3,
  seed: 4,
  temperature: 5,
  topK: 6,
  topP: 7,
  minP: 8,
} as const;

export const fieldCount = 9;

/** How the next token is chosen. */
export interface Choosing {
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

export interface Row {
  readonly token: number;
  readonly sequence: number;
  readonly place: number;
}

/** A table of `count` rows, of which those behind `rows` are empty. `results` are drawn of the rows that they name. */
export function rowTable(
  count: number,
  rows: readonly Row[],
  results: readonly { readonly row: number; readonly choosing: Choosing }[],
): Int32Array {
  const table = new Int32Array(fieldCount * count);
  const bits = new Float32Array(table.buffer);
  const put = (to: Int32Array | Float32Array, field: number, at: number, value: number): void => {
    to[field * count + at] = value;
  };
  for (const field of [Field.sequence, Field.row]) table.fill(-1, field * count, (field + 1) * count);
  rows.forEach(({ token, sequence, place }, at) => {
    put(table, Field.token, at, token);
    put(table, Field.sequence, at, sequence);
    put(table, Field.place, at, place);
  });
  results.forEach(({ row, choosing }, at) => {
    const { temperature = 0, topK = 0, topP = 1, minP = 0, seed = 0 } = choosing;
    put(table, Field.row, at, row);
    put(table, Field.seed, at, seed);
    put(bits, Field.temperature, at, temperature);
    put(table, Field.topK, at, topK);
    put(bits, Field.topP, at, topP);
    put(bits, Field.minP, at, minP);
  });
  return table;
}
