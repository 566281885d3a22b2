import {
  encodeGraph,
  type FillNode,
  type Graph,
  type GraphNode,
  type NodeId,
  valueDType,
} from "@tilebook/ir";
import type { Choice, Config, Dispatch, Program, Target } from "../program.ts";
import type { Choose } from "./choice.ts";
import { isOfCode } from "./expression.ts";

/** Most characters of all graphs that are remembered. */
const MOST_CHARACTERS = 1 << 25;

/** A graph as text without what may change from run to run, and that. */
export interface GraphForm {
  readonly key: string;
  /** In the order in which inputs name them first. */
  readonly tensors: readonly string[];
  /** Of those `fill` nodes whose numbers decide nothing about the program. */
  readonly numbers: ReadonlyMap<NodeId, number>;
}

/** What was said when a way had to be chosen. */
export type Said = readonly [choice: Choice, config: Config | undefined];

interface Known {
  readonly program: Program;
  readonly form: GraphForm;
  readonly said: readonly Said[];
}

/** Two graphs of one form, for one target, are the same program over other tensors and numbers. */
export function formOf(graph: Graph, target: Target): GraphForm {
  const places = new Map<string, number>();
  const numbers = new Map<NodeId, number>();
  const nodes = graph.nodes.map((node, id): GraphNode | Omit<FillNode, "value"> => {
    if (node.kind === "input") {
      const place = places.get(node.tensor) ?? places.size;
      places.set(node.tensor, place);
      return { ...node, tensor: String(place) };
    }
    if (node.kind !== "fill" || !isFree(node)) return node;
    numbers.set(id, node.value);
    const { value: _, ...rest } = node;
    return rest;
  });
  // Without their numbers, fills are no nodes: this is for comparing, and is not read back.
  const key = JSON.stringify([target, encodeGraph({ ...graph, nodes } as Graph)]);
  return { key, tensors: [...places.keys()], numbers };
}

/**
 * The form of the same graph over other tensors and with other numbers in its fills of floats, of which `before` had `were`. Absent where a number
 * decides about the program, and is another one.
 */
export function formAgain(
  before: GraphForm,
  were: ReadonlyMap<NodeId, number>,
  now: { readonly tensors: readonly string[]; readonly numbers: ReadonlyMap<NodeId, number> },
): GraphForm | undefined {
  const numbers = new Map<NodeId, number>();
  for (const [id, value] of now.numbers) {
    if (before.numbers.has(id) && !isOfCode(value)) numbers.set(id, value);
    else if (before.numbers.has(id) || !Object.is(value, were.get(id))) return undefined;
  }
  return { key: before.key, tensors: now.tensors, numbers };
}

/** The planner looks at no others. */
function isFree({ value, type }: FillNode): boolean {
  return valueDType(type.dtype) === "f32" && !isOfCode(value);
}

/**
 * Programs by the form of their graphs. To plan a graph takes a fraction of a millisecond a node, and the steps of a training, or the
 * moves of a slider, are one form. The latest are kept.
 */
export class ProgramMemory {
  readonly #known = new Map<string, Known>();
  #characters = 0;

  /** The program of this form, if it is known, no number in its code is another, and every way would be chosen as it was. */
  find(form: GraphForm, choose: Choose): Program | undefined {
    const known = this.#known.get(form.key);
    if (known === undefined) return undefined;
    this.#drop(form.key);
    if (known.said.some(([choice, config]) => !isSame(choose(choice), config))) return undefined;
    if (known.program.dispatches.some(({ fixed = [] }) => fixed.some((id) => !hasSame(id, known.form, form))))
      return undefined;
    this.#put(form.key, known);
    return withOthers(known, form);
  }

  keep(form: GraphForm, program: Program, said: readonly Said[]): void {
    this.#drop(form.key);
    this.#put(form.key, { program, form, said });
    for (const oldest of this.#known.keys()) {
      if (this.#characters <= MOST_CHARACTERS) break;
      this.#drop(oldest);
    }
  }

  #put(key: string, known: Known): void {
    this.#known.set(key, known);
    this.#characters += key.length;
  }

  #drop(key: string): void {
    if (this.#known.delete(key)) this.#characters -= key.length;
  }
}

function isSame(a: Config | undefined, b: Config | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function hasSame(id: NodeId, known: GraphForm, form: GraphForm): boolean {
  return Object.is(known.numbers.get(id), form.numbers.get(id));
}

function withOthers({ program, form: old }: Known, { tensors, numbers }: GraphForm): Program {
  const renamed = new Map(old.tensors.map((tensor, at) => [tensor, tensors[at] ?? tensor]));
  const buffers = program.buffers.map((buffer) =>
    buffer.tensor === undefined ? buffer : { ...buffer, tensor: renamed.get(buffer.tensor) ?? buffer.tensor },
  );
  return { ...program, buffers, dispatches: program.dispatches.map((one) => withNumbers(one, numbers)) };
}

function withNumbers(dispatch: Dispatch, numbers: GraphForm["numbers"]): Dispatch {
  const { fills, scalars } = dispatch;
  if (fills?.some((fill) => fill !== undefined) !== true) return dispatch;
  const now = scalars.map((value, at) => numbers.get(fills[at] ?? -1) ?? value);
  return { ...dispatch, scalars: now };
}
