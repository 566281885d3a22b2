import { type Clock, Fault, type Span } from "@tilebook/base";
import { graphBounds, meshOf, type TensorType } from "@tilebook/ir";
import { Expr, pick } from "./expr.ts";
import { inOrder, toGraph } from "./graph.ts";
import type { NaNTrace, NaNWatch, TensorHost } from "./host.ts";
import { KernelCache } from "./kernel/cache.ts";
import { Lifetimes } from "./lifetimes.ts";
import { storedClean } from "./nan/stored-clean.ts";
import { firstPart, type Part } from "./parts.ts";
import { shortened } from "./shortcuts.ts";

/** One tensor's claim on an expression. Released once, by whoever comes first: the user, the scope, the collector. */
export interface Claim {
  readonly expr: Expr;
  readonly scope: Scope;
  released: boolean;
}

/** The tensors one run of a cell made. Closing it frees what only they needed. */
export interface Scope {
  readonly name: string;
  readonly claims: Set<Claim>;
  /** How many random tensors without a seed it made. */
  draws: number;
}

/** Where expressions live: their lifetimes, the kernels, the way to the host. One per notebook. */
export class Workspace {
  readonly host: TensorHost;
  readonly clock: Clock;
  readonly kernels: KernelCache;
  readonly #lifetimes: Lifetimes;
  readonly #net = new FinalizationRegistry<Claim>((claim) => this.release(claim));
  #scope: Scope = newScope("");
  #queue: Promise<unknown> = Promise.resolve();

  constructor(host: TensorHost, clock: Clock) {
    this.host = host;
    this.clock = clock;
    this.kernels = new KernelCache((text, captured, constants) => host.lower(text, captured, constants));
    this.#lifetimes = new Lifetimes((handle) => host.free(handle));
  }

  get scope(): Scope {
    return this.#scope;
  }

  open(name: string): Scope {
    this.#scope = newScope(name);
    return this.#scope;
  }

  /** Makes `scope` the one new tensors belong to. */
  enter(scope: Scope): void {
    this.#scope = scope;
  }

  close(scope: Scope): void {
    for (const claim of Array.from(scope.claims)) this.release(claim);
  }

  /** Builds expressions. Faults and new expressions get the place in the cell that is calling. */
  build(make: () => Expr): Expr {
    const span = this.host.here();
    const expr = withSpan(span, make);
    this.#lifetimes.adopt(expr, span);
    return expr;
  }

  /** Builds several expressions, as `build` one. */
  buildAll(make: () => readonly Expr[]): readonly Expr[] {
    const span = this.host.here();
    const exprs = withSpan(span, make);
    for (const expr of exprs) this.#lifetimes.adopt(expr, span);
    return exprs;
  }

  /** A value that is in the executor already. Its history is not known here. */
  adopt(handle: string, type: TensorType): Expr {
    const expr = Expr.data(new Uint8Array(), type, meshOf(handle));
    expr.cut = true;
    this.#lifetimes.adopt(expr, undefined);
    this.#lifetimes.uploaded(expr, handle);
    return expr;
  }

  claim(expr: Expr, owner: object): Claim {
    const claim: Claim = { expr, scope: this.#scope, released: false };
    this.#lifetimes.hold(expr);
    this.#scope.claims.add(claim);
    this.#net.register(owner, claim, claim);
    return claim;
  }

  release(claim: Claim): void {
    if (claim.released) return;
    claim.released = true;
    claim.scope.claims.delete(claim);
    this.#net.unregister(claim);
    this.#lifetimes.release(claim.expr);
  }

  /** What was computed of these is data from now on: nothing behind them is remembered, and `reference` begins at them. */
  forget(exprs: readonly Expr[]): void {
    for (const expr of exprs)
      if (expr.handle !== undefined && expr.recipe !== undefined) this.#lifetimes.forget(expr);
  }

  /** Computes what is kept of these: where that is not themselves, what they are made of again where they are read. */
  keep(exprs: readonly Expr[]): Promise<void> {
    return this.realize(keptOf(exprs));
  }

  /**
   * Computes what is not computed yet, in one run, or in several where it is more than one graph may have. Runs follow each
   * other, so that later ones find earlier results.
   */
  realize(roots: readonly Expr[]): Promise<void> {
    for (const root of roots) this.#lifetimes.hold(root);
    const done = this.#queue.then(() => this.#run(roots));
    this.#queue = done.catch(() => undefined);
    return done.finally(() => {
      for (const root of roots) this.#lifetimes.release(root);
    });
  }

  async #run(wanted: readonly Expr[]): Promise<void> {
    for (let part = this.#next(wanted); part !== undefined; part = this.#next(wanted)) {
      await this.#runPart(part);
      if (part.isLast) return;
    }
  }

  /** What there is to run, if anything, with its data uploaded. */
  #next(wanted: readonly Expr[]): Part | undefined {
    const part = firstPart(withSiblings(wanted));
    for (const expr of part.order) this.#prepare(expr);
    const missing = [...new Set([...part.roots, ...part.order.flatMap(planesHeld)])].filter(
      (expr) => expr.handle === undefined,
    );
    return missing.length === 0 ? undefined : { ...part, roots: missing };
  }

  /** What lies on a mesh is computed there, after what this device computes of it. */
  async #runPart(part: Part): Promise<void> {
    const places = new Set(part.roots.map(({ mesh }) => mesh));
    if (places.size < 2) return this.#runThere(part);
    for (const place of [...places].toSorted((a, b) => Number(a !== undefined) - Number(b !== undefined))) {
      const roots = part.roots.filter(({ mesh }) => mesh === place);
      await this.#runThere({ ...firstPart(roots), roots });
    }
  }

  async #runThere(part: Part): Promise<void> {
    const { roots } = part;
    const short = shortened(part.order, roots);
    for (const made of short.instead.values()) this.#lifetimes.adopt(made, undefined);
    const order = [...new Set([...part.order, ...short.order])];
    for (const expr of order) this.#lifetimes.hold(expr);
    try {
      const wanted = new Set(roots);
      const handleOf = (expr: Expr): string | undefined =>
        wanted.has(expr) || expr.isRead ? expr.handle : undefined;
      const graph = toGraph(short.order, roots, handleOf, short.instead);
      const handles = await this.host.run(graph, roots[0]?.mesh);
      roots.forEach((root, at) => this.#store(root, handles[at]));
      for (const expr of order) if (!expr.ready) this.#lifetimes.passed(expr);
    } finally {
      for (const expr of order) this.#lifetimes.release(expr);
    }
  }

  #prepare(expr: Expr): void {
    if (expr.bytes !== undefined) this.#lifetimes.uploaded(expr, this.host.upload(expr.bytes, expr.type));
    if (!expr.ready) expr.generation = Math.max(0, ...expr.inputs.map((input) => input.generation));
  }

  #store(root: Expr, handle: string | undefined): void {
    if (handle === undefined) throw new Fault("tensor/run", "the executor gave back too few results");
    this.#lifetimes.computed(root, handle);
  }

  /** The values by the f64 interpreter, from the data that came from cells. */
  async reference(root: Expr): Promise<Float64Array> {
    return pick(await this.references([root]), 0);
  }

  /** The same of several, in one run. */
  async references(roots: readonly Expr[]): Promise<readonly Float64Array[]> {
    for (const root of roots) if (root.cut) throw noHistory(root);
    const order = inOrder(roots, () => false);
    if (order.length > graphBounds.nodes) throw tooLong(order.length, roots[0]?.span);
    for (const expr of order) if (expr.recipe === undefined) this.#prepare(expr);
    for (const expr of order) this.#lifetimes.hold(expr);
    try {
      const values = await this.host.reference(toGraph(order, roots, sourceOf));
      if (values.length < roots.length) throw new Fault("tensor/run", "the interpreter gave back no result");
      return values;
    } finally {
      for (const expr of order) this.#lifetimes.release(expr);
    }
  }

  /** Where the first NaN of a value began, and the expression that it began in. What is stored without one is not computed again. */
  async traceNaN(root: Expr, watch: NaNWatch): Promise<NaNTrace & { readonly expr: Expr }> {
    const history = inOrder([root], () => false);
    for (const expr of history) this.#lifetimes.hold(expr);
    try {
      const clean = await storedClean(root, this.host);
      const order = inOrder([root], (expr) => clean.has(expr));
      if (order.length > graphBounds.nodes) throw tooLong(order.length, root.span);
      for (const expr of order) if (expr.recipe === undefined) this.#prepare(expr);
      const handleOf = (expr: Expr): string | undefined => (clean.has(expr) ? expr.handle : sourceOf(expr));
      const trace = await this.host.traceNaN(toGraph(order, [root], handleOf), watch);
      return { ...trace, expr: pick(order, trace.node) };
    } finally {
      for (const expr of history) this.#lifetimes.release(expr);
    }
  }
}

/** Themselves, or what is kept in their place. */
export function keptOf(exprs: readonly Expr[]): readonly Expr[] {
  return exprs.flatMap((expr) => (expr.kept === undefined ? [expr] : expr.planes));
}

/** Of what somebody needs, what is kept in its place: computed on the way to something else, it stays for the next who reads. */
function planesHeld(expr: Expr): readonly Expr[] {
  return expr.holds > 0 ? expr.planes : [];
}

/** Only data that came from a cell: everything else is computed again. */
function sourceOf(expr: Expr): string | undefined {
  return expr.recipe === undefined ? expr.handle : undefined;
}

function newScope(name: string): Scope {
  return { name, claims: new Set(), draws: 0 };
}

/** Results of one kernel launch are computed together, as long as somebody holds them. */
function withSiblings(wanted: readonly Expr[]): readonly Expr[] {
  const missing = wanted.filter((expr) => !expr.ready);
  const siblings = missing.flatMap((expr) => expr.inputs.flatMap((input) => input.results));
  return [...new Set([...wanted, ...siblings.filter((expr) => expr.holds > 0)])];
}

/** Runs `make`; a fault without a span gets this one. */
export function withSpan<T>(span: Span | undefined, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Fault) || error.span !== undefined || span === undefined) throw error;
    throw new Fault(error.code, error.message, { span, hint: error.hint, cause: error.cause });
  }
}

function noHistory(root: Expr): Fault {
  return new Fault("tensor/history", "it is no longer known how this tensor was made", {
    span: root.span,
    hint: "after 16 steps computed one after the other, only the values are kept; check fewer steps",
  });
}

function tooLong(count: number, span: Span | undefined): Fault {
  const message = `${count} operations lead to this tensor, and the reference computes at most ${graphBounds.nodes} of them`;
  return new Fault("tensor/history", message, { span, hint: "check fewer steps of it, or a smaller case" });
}
