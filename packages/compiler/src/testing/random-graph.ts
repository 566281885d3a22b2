import { type Random, seeded } from "@tilebook/base";
import type { Graph, NodeId } from "@tilebook/ir";
import { GraphMaker } from "./graphs.ts";

/**
 * For property tests: a small graph of products, maps, folds, masks, broadcasts and transposes, with values that several
 * read and one to three results. All matrices are [heads, rows, columns], f32; what is compared are inputs and places
 * only, since ties flip where computed values round. Same seed, same graph.
 */
export function randomGraph(seed: number): Graph {
  return new RandomGraph(seeded(seed)).make();
}

const sizes: readonly number[] = [3, 4, 8];

class RandomGraph {
  readonly #random: Random;
  readonly #g = new GraphMaker();
  readonly #heads: number;
  #inputs = 0;
  /** Matrices; the newest is picked most often, so that graphs get deep. */
  readonly #made: NodeId[] = [];

  constructor(random: Random) {
    this.#random = random;
    this.#heads = 1 + this.#below(2);
  }

  make(): Graph {
    this.#made.push(this.#product(this.#input([this.#size(), this.#size()])));
    const steps = [
      (x: NodeId) => this.#product(x),
      (x: NodeId) => this.#product(x),
      (x: NodeId) => this.#softmax(x),
      (x: NodeId) => this.#softmax(this.#seen(x)),
      (x: NodeId) => this.#map(x),
      (x: NodeId) => this.#join(x),
      (x: NodeId) => this.#fold(x),
      (x: NodeId) => this.#masked(x),
      (x: NodeId) => this.#g.permute(x, [0, 2, 1]),
    ];
    const count = 1 + this.#below(6);
    for (let made = 0; made < count; made++) this.#made.push(this.#pick(steps)(this.#matrix()));
    const between = this.#pick(steps)(this.#product(this.#matrix()));
    const last = this.#product(this.#softmax(between));
    const others = Array.from({ length: this.#below(3) }, () => this.#matrix());
    return this.#g.graph([last, ...others]);
  }

  #product(left: NodeId): NodeId {
    const g = this.#g;
    const length = this.#columns(left);
    const fitting = this.#made.filter((id) => g.typeOf(id).shape[1] === length);
    const fittingTurned = this.#made.filter((id) => this.#columns(id) === length);
    const way = this.#below(4);
    const made =
      way === 0 && fitting.length > 0
        ? g.matmul(left, this.#pick(fitting))
        : way === 1 && fittingTurned.length > 0
          ? g.matmul(left, this.#pick(fittingTurned), true)
          : way === 2
            ? g.matmul(left, g.permute(this.#input([this.#size(), length]), [0, 2, 1]))
            : g.matmul(left, this.#input([length, this.#size()]));
    return g.binary("mul", made, g.fill(1 / length, g.typeOf(made).shape));
  }

  #softmax(x: NodeId): NodeId {
    const g = this.#g;
    const { shape } = g.typeOf(x);
    const axis = this.#below(4) === 0 ? 1 : 2;
    const raised = g.unary("exp", g.binary("sub", x, g.broadcast(g.reduce("max", x, axis), shape)));
    return g.binary("div", raised, g.broadcast(g.reduce("sum", raised, axis), shape));
  }

  /** What lies on the diagonal and before: in each row and in each column something is left. */
  #seen(x: NodeId): NodeId {
    const g = this.#g;
    const { shape } = g.typeOf(x);
    const [, rows = 1, columns = 1] = shape;
    const row = g.broadcast(g.reshape(g.iota([rows]), [1, rows, 1]), shape);
    const column = g.broadcast(g.reshape(g.iota([columns]), [1, 1, columns]), shape);
    const last = g.binary("add", row, g.fill(Math.max(0, columns - rows), shape, "i32"));
    return g.select(g.compare("le", column, last), x, g.fill(-1e30, shape));
  }

  #map(x: NodeId): NodeId {
    const g = this.#g;
    const calm = g.unary("tanh", x);
    return this.#pick([() => calm, () => g.unary("neg", x), () => g.unary("exp", calm)])();
  }

  #join(x: NodeId): NodeId {
    const g = this.#g;
    const { shape } = g.typeOf(x);
    const alike = this.#made.filter((id) => String(g.typeOf(id).shape) === String(shape));
    const [heads = 1, rows = 1, columns = 1] = shape;
    const other = this.#pick([
      () => this.#pick([x, ...alike]),
      () => this.#input([rows, columns]),
      () => g.broadcast(this.#input([rows, 1]), shape),
      () => g.broadcast(g.reshape(g.input(`x${this.#inputs++}`, [columns]), [1, 1, columns]), shape),
      () => g.broadcast(g.reshape(g.input(`x${this.#inputs++}`, [heads]), [heads, 1, 1]), shape),
    ])();
    return g.binary(this.#pick(["add", "sub", "mul"] as const), x, other);
  }

  #fold(x: NodeId): NodeId {
    const g = this.#g;
    const { shape } = g.typeOf(x);
    const axis = 1 + this.#below(2);
    const folded = g.broadcast(g.reduce(this.#pick(["max", "min", "sum"] as const), x, axis), shape);
    const op = this.#pick(["sub", "mul", "add"] as const);
    return this.#below(4) === 0 ? folded : g.binary(op, x, folded);
  }

  #masked(x: NodeId): NodeId {
    const g = this.#g;
    const { shape } = g.typeOf(x);
    const [, rows = 1, columns = 1] = shape;
    const kept = g.compare("gt", this.#input([rows, columns]), g.fill(-0.3, shape));
    return g.select(kept, x, g.fill(0, shape));
  }

  #input([rows, columns]: readonly [number, number]): NodeId {
    return this.#g.input(`x${this.#inputs++}`, [this.#heads, rows, columns]);
  }

  #columns(id: NodeId): number {
    return this.#g.typeOf(id).shape.at(-1) ?? 1;
  }

  #matrix(): NodeId {
    const newest = this.#made.at(-1) ?? 0;
    return this.#below(2) === 0 ? newest : this.#pick(this.#made);
  }

  #size(): number {
    return this.#pick(sizes);
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #pick<T>(from: readonly T[]): T {
    const item = from[this.#below(from.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }
}
