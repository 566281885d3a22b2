import { Fault, type Span } from "@tilebook/base";
import type { BufferDType, GraphNode, NodeId, TensorType, TileKernel } from "@tilebook/ir";
import { checkShape, type Shape } from "./shape.ts";

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A graph node but for its type and span, which the expression has. */
export type NodeBody = Without<GraphNode, "type" | "span">;

/** Writes the node, given the ids of the expression's inputs and of its kernel. */
export type MakeNode = (inputs: readonly NodeId[], kernel: number) => NodeBody;

/** Where reverse mode goes on from an expression, and with what, in the place of the rule of its node. */
export interface OwnGradient {
  /** Expressions behind it that get a cotangent. */
  readonly of: readonly Expr[];
  /** One cotangent for each of `of`, or nothing where it is zero. */
  readonly pull: (cotangent: Expr, result: Expr, of: readonly Expr[]) => readonly (Expr | undefined)[];
}

/** What is kept in the place of a value that is made of little, as weights of codes: it is made again where it is read. */
export interface Kept {
  /** A name for it: "Q4_0". */
  readonly format: string;
  /** By name; each has a buffer. */
  readonly planes: Readonly<Record<string, Expr>>;
}

/** Makes the value, or does not. `takes` says whether an input came by a shortcut, too, and is read by nobody else: then it is not made. */
export type Shortcut = (takes: (input: Expr) => boolean) => Expr | undefined;

export interface Recipe {
  readonly type: TensorType;
  readonly inputs: readonly Expr[];
  readonly kernel?: TileKernel | undefined;
  readonly make: MakeNode;
  /** Absent: the rule of the node. */
  readonly gradient?: OwnGradient | undefined;
  /** Absent: itself. */
  readonly kept?: Kept | undefined;
  /** What the run computes first, though this does not read it: so that it is made late and needed briefly. */
  readonly after?: Expr | undefined;
  /** Absent: the mesh of the inputs, if any. */
  readonly mesh?: string | undefined;
  /** Makes the same value at once, without the steps behind it, where nobody else reads those. */
  readonly shortcut?: Shortcut | undefined;
}

/**
 * One value of the lazy graph: how it is made and, once computed, where it is.
 * Expressions are shared by tensors; who needs what is counted in `lifetimes.ts`, the only place that changes one.
 */
export class Expr {
  static #made = 0;

  /** How many there are: all made from now on have this serial number or a greater one. */
  static get made(): number {
    return Expr.#made;
  }

  /** Later ones have greater numbers. */
  readonly serial: number = Expr.#made++;
  readonly type: TensorType;
  /** Absent for data that came from a cell, and for values whose history was cut. */
  recipe: Recipe | undefined;
  span: Span | undefined;
  /** The mesh that computes it, or has it. */
  readonly mesh: string | undefined;
  /** Data that came from a cell and was not uploaded yet. */
  bytes: Uint8Array | undefined;
  /** Where the value is in the executor. */
  handle: string | undefined;
  adopted = false;
  /** How many computed ancestors stand in a row behind it. */
  generation = 0;
  /** It was computed, and how was forgotten. */
  cut = false;
  /** Of a kernel launch: the expressions that pick its results. */
  results: readonly Expr[] = [];
  /** Tensors, readers that were never computed, and runs under way: they need the value. */
  holds = 0;
  /** Readers that were computed once: they need the recipe, or the data where there is none. */
  history = 0;
  /** Its own inputs count it in their history, not in their holds. */
  remembers = false;
  /** The same of what is kept in its place. */
  remembersPlanes = false;

  private constructor(
    type: TensorType,
    recipe: Recipe | undefined,
    bytes: Uint8Array | undefined,
    mesh: string | undefined = recipe && meshFor(recipe),
  ) {
    this.type = type;
    this.mesh = mesh;
    this.recipe = recipe;
    this.bytes = bytes;
  }

  /** Faults `shape/too-large`, `shape/rank`: every value fits the device's indices. */
  static of(recipe: Recipe): Expr {
    checkShape(recipe.type.shape);
    return new Expr(recipe.type, recipe, undefined);
  }

  /** The same computation with a gradient of its own. */
  withGradient(gradient: OwnGradient): Expr {
    if (this.recipe === undefined) throw new Fault("internal/gradient", "data has no gradient of its own");
    return Expr.of({ ...this.recipe, gradient });
  }

  /** The same computation, of which these are kept. */
  withKept(kept: Kept): Expr {
    if (this.recipe === undefined) throw new Fault("internal/kept", "data is kept as it is");
    return Expr.of({ ...this.recipe, kept });
  }

  /** The same computation, which can be made in another way where nobody else reads its steps. */
  withShortcut(shortcut: Shortcut): Expr {
    if (this.recipe === undefined) throw new Fault("internal/shortcut", "data has no steps");
    return Expr.of({ ...this.recipe, shortcut });
  }

  static data(bytes: Uint8Array, type: TensorType, mesh?: string): Expr {
    return new Expr(type, undefined, bytes, mesh);
  }

  get inputs(): readonly Expr[] {
    return this.recipe?.inputs ?? [];
  }

  get kept(): Kept | undefined {
    return this.recipe?.kept;
  }

  /** What is kept in its place: nothing, where it is kept itself. */
  get planes(): readonly Expr[] {
    return Object.values(this.kept?.planes ?? {});
  }

  get dtype(): BufferDType {
    return this.type.dtype;
  }

  get shape(): Shape {
    return this.type.shape;
  }

  /** Its value is there (perhaps still to be uploaded). */
  get ready(): boolean {
    return this.handle !== undefined || this.bytes !== undefined;
  }

  /** Its value is there, and what reads it reads that: of codes, even where their numbers were wanted once, what is kept is less to read. */
  get isRead(): boolean {
    return this.ready && this.kept === undefined;
  }
}

/** Fault `mesh/two`: one graph is computed in one place. */
function meshFor({ inputs, mesh }: Recipe): string | undefined {
  let found = mesh;
  for (const input of inputs) {
    found ??= input.mesh;
    if (input.mesh === undefined || input.mesh === found) continue;
    throw new Fault("mesh/two", "these tensors lie on different meshes", {
      hint: "bring one over through this device: tensor(await x.data()).reshape(x.shape).to(other, layout)",
    });
  }
  return found;
}

/** Element `index` of a list whose length the caller knows. */
export function pick<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Fault("internal/index", `there is no element ${index}`);
  return found;
}
