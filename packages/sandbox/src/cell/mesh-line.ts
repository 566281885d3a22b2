import { Fault, type FaultData, faultFrom } from "@tilebook/base";
import { type Graph, meshHandle, meshOf, type TensorType } from "@tilebook/ir";
import type { MeshHost } from "@tilebook/tensor";
import type { FromCell } from "../protocol/cell.ts";
import type { GivenTensor, MeshAnswer, MeshAsk } from "../protocol/mesh.ts";
import { interrupted } from "./tick.ts";

export interface MeshLineParts {
  readonly send: (message: FromCell, transfer?: Transferable[]) => void;
  /** A name no tensor had before. */
  readonly name: () => string;
  readonly encode: (graph: Graph) => string;
  /** The bytes of a tensor of this device. */
  readonly read: (tensor: string) => Promise<Uint8Array>;
  /** Of the run that is asking now. */
  readonly signal: () => AbortSignal | undefined;
}

interface Waiting {
  readonly resolve: (answer: MeshAnswer) => void;
  readonly reject: (fault: Fault) => void;
}

/** The cell worker's way to other devices, which the app page has. */
export class MeshLine implements MeshHost {
  readonly #parts: MeshLineParts;
  readonly #waiting = new Map<number, Waiting>();
  /** Tensors of this device that a mesh has, too. */
  readonly #given = new Set<string>();
  #next = 1;

  constructor(parts: MeshLineParts) {
    this.#parts = parts;
  }

  async open(wanted: Parameters<MeshHost["open"]>[0]): ReturnType<MeshHost["open"]> {
    const ask: MeshAsk = { kind: "open", ...(wanted === undefined ? {} : { wanted }) };
    return answerOf(await this.#ask(ask), "open").report;
  }

  async link(mesh: string, wish: Parameters<MeshHost["link"]>[1]): Promise<void> {
    await this.#ask({ kind: "link", mesh, wish });
  }

  async log(mesh: string, watch: boolean): ReturnType<MeshHost["log"]> {
    return answerOf(await this.#ask({ kind: "log", mesh, watch }), "log").log;
  }

  /** Has a mesh compute the graph. What of its inputs lies here goes along, once. */
  async run(graph: Graph, mesh: string): Promise<readonly string[]> {
    const outputs = graph.outputs.map(() => meshHandle(mesh, this.#parts.name()));
    const given = await this.#givenNow(graph, mesh);
    try {
      await this.#ask({ kind: "run", mesh, graph: this.#parts.encode(graph), given, outputs });
      for (const { tensor } of given) this.#given.add(givenName(mesh, tensor));
      return outputs;
    } catch (error) {
      this.#parts.send({ type: "freeMesh", tensors: outputs });
      throw error;
    }
  }

  async read(tensor: string): Promise<Uint8Array> {
    return answerOf(await this.#ask({ kind: "read", tensor }), "read").bytes;
  }

  /** A tensor of a mesh, or one of this device: what meshes have of it goes, too. */
  free(tensor: string): void {
    const given = [...this.#given].filter((name) => name.endsWith(` ${tensor}`));
    for (const name of given) this.#given.delete(name);
    if (given.length > 0 || meshOf(tensor) !== undefined)
      this.#parts.send({ type: "freeMesh", tensors: [tensor] });
  }

  arrived(id: number, answer: MeshAnswer): void {
    this.#take(id)?.resolve(answer);
  }

  refused(id: number, fault: FaultData): void {
    this.#take(id)?.reject(faultFrom(fault));
  }

  async #givenNow(graph: Graph, mesh: string): Promise<readonly GivenTensor[]> {
    const wanted = new Map<string, TensorType>();
    for (const node of graph.nodes) {
      if (node.kind !== "input" || meshOf(node.tensor) !== undefined) continue;
      if (!this.#given.has(givenName(mesh, node.tensor))) wanted.set(node.tensor, node.type);
    }
    return Promise.all(
      Array.from(wanted, async ([tensor, of]) => ({ tensor, of, bytes: await this.#parts.read(tensor) })),
    );
  }

  /** Waits as long as the run that asks is wanted. */
  #ask(ask: MeshAsk): Promise<MeshAnswer> {
    const id = this.#next;
    this.#next += 1;
    const signal = this.#parts.signal();
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        if (this.#take(id) === undefined) return;
        this.#parts.send({ type: "endMesh", id });
        reject(interrupted());
      };
      this.#waiting.set(id, { resolve, reject });
      this.#parts.send({ type: "mesh", id, ask });
      if (signal?.aborted === true) stop();
      else signal?.addEventListener("abort", stop, { once: true });
    });
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}

function givenName(mesh: string, tensor: string): string {
  return `${mesh} ${tensor}`;
}

function answerOf<T extends MeshAnswer["kind"]>(
  answer: MeshAnswer,
  kind: T,
): Extract<MeshAnswer, { readonly kind: T }> {
  if (answer.kind === kind) return answer as Extract<MeshAnswer, { readonly kind: T }>;
  throw new Fault("internal/answer", `the mesh answered ${answer.kind} where ${kind} was asked for`);
}
