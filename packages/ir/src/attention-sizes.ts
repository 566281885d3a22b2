/** What an attention works on, whichever way its axes stand. */
export interface AttentionSizes {
  /** Leading axes but that of heads, together. */
  readonly batch: number;
  /** Heads of q, and how many of them share a head of k and v. */
  readonly heads: number;
  readonly group: number;
  /** Queries, keys, width of queries and keys, width of values. */
  readonly n: number;
  readonly m: number;
  readonly d: number;
  readonly e: number;
}

/** Where the first token of a head lies in a tensor of this width, and how far tokens lie apart. In elements. */
export interface HeadPlace {
  readonly start: number;
  readonly stride: number;
}

type Shape = readonly number[];

/** The sizes of attention over q, k and v of these shapes; nothing where they do not fit together. */
export function attentionSizes(
  [q, k, v]: readonly [Shape, Shape, Shape],
  tokensFirst: boolean,
): AttentionSizes | undefined {
  if (q.length !== k.length || q.length !== v.length || q.length < (tokensFirst ? 3 : 2)) return undefined;
  const [mine, keys, values] = [q, k, v].map((shape) => axesOf(shape, tokensFirst));
  if (mine === undefined || keys === undefined || values === undefined) return undefined;
  const group = mine.heads === keys.heads ? 1 : mine.heads / keys.heads;
  const fits =
    mine.width === keys.width &&
    keys.tokens === values.tokens &&
    keys.heads === values.heads &&
    Number.isInteger(group) &&
    group > 0 &&
    [keys, values].every(({ lead }) => lead.join() === mine.lead.join());
  if (!fits) return undefined;
  const batch = mine.lead.reduce((product, size) => product * size, 1);
  const { tokens: n, width: d, heads } = mine;
  return { batch, heads, group, n, m: keys.tokens, d, e: values.width };
}

function axesOf(
  shape: Shape,
  tokensFirst: boolean,
): { readonly lead: Shape; readonly heads: number; readonly tokens: number; readonly width: number } {
  const [third = 1, second = 1, width = 1] = shape.length === 2 ? [1, ...shape] : shape.slice(-3);
  const [heads, tokens] = tokensFirst ? [second, third] : [third, second];
  return { lead: shape.slice(0, -3), heads, tokens, width };
}

/** Head `head` of batch entry `entry` in a tensor with so many heads, tokens and features. */
export function headPlace(
  { entry, head }: { readonly entry: number; readonly head: number },
  { heads, tokens, width }: { readonly heads: number; readonly tokens: number; readonly width: number },
  tokensFirst: boolean,
): HeadPlace {
  return tokensFirst
    ? { start: (entry * tokens * heads + head) * width, stride: heads * width }
    : { start: (entry * heads + head) * tokens * width, stride: width };
}
