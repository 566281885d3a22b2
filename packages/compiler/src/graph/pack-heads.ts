import type { AttentionNode, AttentionSizes } from "@tilebook/ir";
import type { AttentionWish } from "./attention-kernel.ts";

/** How an attention's queries are laid out for the kernel. */
type Packed = Pick<AttentionSizes, "n" | "heads" | "group"> &
  Pick<AttentionWish, "causal" | "tokensFirst"> & { readonly packed: boolean };

/** Queries of a head from which on a program has enough of them. */
export const manyQueries = 16;

/**
 * Heads that share keys and values lie beside each other. Where each has few queries, as in decoding, they are taken as the queries of
 * one head, so that keys and values are read once for all of them. Masks go by the token; a single query sees all keys.
 */
export function packHeads(node: AttentionNode, { n, heads, group }: AttentionSizes): Packed {
  const { causal, tokensFirst } = node;
  const aligned = n === 1 || !(causal || tokensFirst);
  if (group === 1 || n >= manyQueries || !aligned)
    return {
      n,
      heads,
      group,
      causal,
      tokensFirst: { queries: tokensFirst, keys: tokensFirst },
      packed: false,
    };
  const layout = { queries: false, keys: tokensFirst };
  return { n: n * group, heads: heads / group, group: 1, causal: false, tokensFirst: layout, packed: true };
}
