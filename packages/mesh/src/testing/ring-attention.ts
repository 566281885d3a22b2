import { GraphMaker } from "@tilebook/compiler/testing";
import type { Graph, NodeId } from "@tilebook/ir";
import { at } from "../sbp/sbp.ts";

export interface RingSizes {
  readonly ranks: number;
  /** Tokens of one rank. */
  readonly tokens: number;
  /** Numbers of a token. */
  readonly width: number;
}

/** What some keys give of attention: a sum that is not divided yet, what to divide it by, and the greatest score. */
interface Partial {
  readonly sum: NodeId;
  readonly weight: NodeId;
  readonly most: NodeId;
}

/**
 * Causal attention whose tokens lie in pieces at ranks, in the order of LightSeq (arXiv 2310.03294): first each rank attends to its own keys, in step t to those of
 * the rank t before it. A rank that has none left works for a late one instead, on queries that it gets, and gives back what its own
 * keys say. Inputs q0, k0, v0, ... [tokens, width] lie at their ranks, and so do the outputs.
 */
export function ringAttention(sizes: RingSizes): Graph {
  const { ranks } = sizes;
  const ring = new Ring(sizes);
  const states = Array.from({ length: ranks }, (_, rank) =>
    ring.attended({ queries: rank, keys: rank, on: rank, causal: true }),
  );
  for (const step of stepsOf(ranks))
    for (const { queries, keys, on } of step) {
      const found = ring.attended({ queries, keys, on, causal: false });
      const state = states[queries];
      if (state !== undefined) states[queries] = ring.merged(state, found, queries, on);
    }
  return ring.graph(states);
}

interface Pair {
  readonly queries: number;
  readonly keys: number;
  /** The rank that works on them. */
  readonly on: number;
}

/** What the ranks work on after their own pieces, step by step. With an even number of them, half of them rest in the last. */
export function stepsOf(ranks: number): readonly (readonly Pair[])[] {
  return Array.from({ length: Math.floor(ranks / 2) }, (_, index) => {
    const step = index + 1;
    return Array.from({ length: ranks }, (__, rank): Pair[] => {
      if (rank >= step) return [{ queries: rank, keys: rank - step, on: rank }];
      const late = rank - step + ranks;
      return 2 * step === ranks ? [] : [{ queries: late, keys: rank, on: rank }];
    }).flat();
  });
}

/** Bytes of tensors that all ranks together receive: keys and values of each pair, or queries and what comes back for them. */
export function ringBytes({ ranks, tokens, width }: RingSizes): number {
  const pairs = stepsOf(ranks).flat();
  const helped = pairs.filter(({ queries, on }) => queries !== on).length;
  return 4 * tokens * (2 * width * pairs.length + 2 * helped);
}

class Ring {
  readonly #g = new GraphMaker();
  readonly #sizes: RingSizes;
  readonly #inputs = new Map<string, NodeId>();

  constructor(sizes: RingSizes) {
    this.#sizes = sizes;
  }

  attended({ queries, keys, on, causal }: Pair & { readonly causal: boolean }): Partial {
    const g = this.#g;
    const { tokens, width } = this.#sizes;
    const square = [tokens, tokens];
    const [q, k, v] = [this.#at("q", queries, on), this.#at("k", keys, on), this.#at("v", keys, on)];
    const scores = g.binary("mul", g.matmul(q, k, true), g.fill(1 / Math.sqrt(width), square));
    const masked = causal ? g.select(this.#past(), scores, g.fill(-1e30, square)) : scores;
    const most = g.reduce("max", masked, 1);
    const weights = g.unary("exp", g.binary("sub", masked, g.broadcast(most, square)));
    return { most, weight: g.reduce("sum", weights, 1), sum: g.matmul(weights, v) };
  }

  /** Two of them together, at the rank of the queries. What another rank found comes to it. */
  merged(a: Partial, b: Partial, rank: number, on: number): Partial {
    const g = this.#g;
    const shape = [this.#sizes.tokens, this.#sizes.width];
    const home = (id: NodeId): NodeId => (on === rank ? id : g.place(id, at(rank)));
    const [bSum, bWeight, bMost] = [home(b.sum), home(b.weight), home(b.most)];
    const most = g.binary("max", a.most, bMost);
    const [first, second] = [a.most, bMost].map((one) => g.unary("exp", g.binary("sub", one, most)));
    const mixed = (x: NodeId, y: NodeId, over: (scale: NodeId) => NodeId): NodeId =>
      g.binary("add", g.binary("mul", x, over(first ?? 0)), g.binary("mul", y, over(second ?? 0)));
    return {
      most,
      weight: mixed(a.weight, bWeight, (scale) => scale),
      sum: mixed(a.sum, bSum, (scale) => g.broadcast(scale, shape)),
    };
  }

  graph(states: readonly Partial[]): Graph {
    const shape = [this.#sizes.tokens, this.#sizes.width];
    return this.#g.graph(
      states.map(({ sum, weight }) => this.#g.binary("div", sum, this.#g.broadcast(weight, shape))),
    );
  }

  /** A piece, where it is worked on. */
  #at(name: string, piece: number, rank: number): NodeId {
    const key = `${name}${piece}`;
    const input = this.#inputs.get(key) ?? this.#g.input(key, [this.#sizes.tokens, this.#sizes.width]);
    this.#inputs.set(key, input);
    return piece === rank ? input : this.#g.place(input, at(rank));
  }

  /** Which keys of its own piece a token sees. */
  #past(): NodeId {
    const g = this.#g;
    const { tokens } = this.#sizes;
    const places = g.iota([tokens]);
    const column = g.broadcast(g.reshape(places, [1, tokens]), [tokens, tokens]);
    const row = g.broadcast(g.reshape(places, [tokens, 1]), [tokens, tokens]);
    return g.compare("le", column, row);
  }
}
