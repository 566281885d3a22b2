import type { Graph, GraphNode, TileKernel } from "@tilebook/ir";
import { isNumberOfRun } from "../protocol/again.ts";

/** Characters of all forms that are remembered. */
const MOST_CHARACTERS = 1 << 23;
/** Forms that the GPU worker keeps. */
const MOST_KEPT = 64;

/** A graph on its way. */
export interface Sending {
  /** What differs, where the GPU worker has the graph. */
  readonly again?: {
    readonly form: number;
    readonly tensors: readonly string[];
    readonly numbers: readonly number[];
  };
  /** Else it is sent whole, to be kept under this number where it came before. */
  readonly keep?: number;
  /** To be called once the GPU worker has it. */
  readonly arrived: () => void;
}

interface Known {
  /** Its number, from the second time on. */
  id?: number;
  /** The GPU worker has said that it has it. */
  isKept?: true;
}

interface Form {
  readonly text: string;
  readonly tensors: readonly string[];
  readonly numbers: readonly number[];
}

/**
 * Which graphs the GPU worker has already. Steps of a loop send the same graph over other tensors, and to write it out, read and check it takes
 * longer than to compute a small one.
 */
export class SentGraphs {
  readonly #drop: (form: number) => void;
  readonly #known = new Map<string, Known>();
  readonly #kernels = new WeakMap<TileKernel, number>();
  #characters = 0;
  #kept = 0;
  #next = 1;

  /** `drop` is called with the number of a graph that will not be asked for again. */
  constructor(drop: (form: number) => void) {
    this.#drop = drop;
  }

  send(graph: Graph): Sending {
    const form = this.#formOf(graph);
    const known = form && this.#known.get(form.text);
    if (form === undefined) return { arrived: nothing };
    const { text, tensors, numbers } = form;
    if (known?.isKept === true && known.id !== undefined) {
      this.#latest(text, known);
      return { again: { form: known.id, tensors, numbers }, arrived: nothing };
    }
    if (known === undefined) {
      this.#latest(text, {});
      return { arrived: nothing };
    }
    known.id ??= this.#next++;
    return { keep: known.id, arrived: () => this.#arrived(text, known) };
  }

  #arrived(text: string, known: Known): void {
    if (known.isKept === true || this.#known.get(text) !== known) return;
    const now = known;
    now.isKept = true;
    this.#kept += 1;
    this.#forgetOldest();
  }

  #latest(text: string, known: Known): void {
    if (!this.#known.delete(text)) this.#characters += text.length;
    this.#known.set(text, known);
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    for (const [text, known] of this.#known) {
      if (this.#characters <= MOST_CHARACTERS && this.#kept <= MOST_KEPT) return;
      this.#known.delete(text);
      this.#characters -= text.length;
      if (known.isKept !== true || known.id === undefined) continue;
      this.#kept -= 1;
      this.#drop(known.id);
    }
  }

  /** The graph as text, but for what may change from run to run. Absent where JSON would not tell two numbers apart. */
  #formOf(graph: Graph): Form | undefined {
    const places = new Map<string, number>();
    const numbers: number[] = [];
    if (graph.nodes.some((node) => hasOddNumber(node))) return undefined;
    const nodes = graph.nodes.map((node): unknown => {
      if (node.kind === "input") {
        const place = places.get(node.tensor) ?? places.size;
        places.set(node.tensor, place);
        // Types of data name their fields in another order than those of what was computed.
        return { ...node, tensor: place, type: [node.type.dtype, node.type.shape] };
      }
      if (node.kind !== "fill" || !isNumberOfRun(node)) return node;
      numbers.push(node.value);
      return { ...node, value: 0 };
    });
    const kernels = graph.kernels.map((kernel) => this.#kernelNumber(kernel));
    return { text: JSON.stringify([nodes, kernels, graph.outputs]), tensors: [...places.keys()], numbers };
  }

  #kernelNumber(kernel: TileKernel): number {
    const number = this.#kernels.get(kernel) ?? this.#next++;
    this.#kernels.set(kernel, number);
    return number;
  }
}

function nothing(): void {}

/** Infinities, NaN and -0 among the numbers of a node that are part of its form. */
function hasOddNumber(node: GraphNode): boolean {
  if (node.kind === "attention") return isOdd(node.scale);
  if (node.kind === "fill") return !isNumberOfRun(node) && isOdd(node.value);
  if (node.kind !== "tileCall") return false;
  return node.launch.arguments.some((argument) => argument.kind === "scalar" && isOdd(argument.value));
}

function isOdd(value: number): boolean {
  return !Number.isFinite(value) || Object.is(value, -0);
}
