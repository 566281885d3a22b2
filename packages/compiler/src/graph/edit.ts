import { type Graph, type GraphNode, type NodeId, withReads } from "@tilebook/ir";

/** A graph with other nodes in it, and what its nodes were. Several may have been one. */
export interface Edited {
  readonly graph: Graph;
  /** Of each node: which one of the given graph it is; nothing for one that is new. */
  readonly origins: readonly (NodeId | undefined)[];
}

/** Copies a graph node by node, so that new ones stand behind what they read and before their readers. */
export class Editor {
  readonly #given: Graph;
  readonly #nodes: GraphNode[] = [];
  readonly #origins: (NodeId | undefined)[] = [];
  readonly #places = new Map<NodeId, NodeId>();

  constructor(given: Graph) {
    this.#given = given;
  }

  /** A new node, of ids of the new graph. */
  add(node: GraphNode): NodeId {
    this.#origins.push(undefined);
    return this.#nodes.push(node) - 1;
  }

  /** The next node of the given graph, which reads `instead` where it says so. */
  copy(id: NodeId, node: GraphNode, instead: (read: NodeId) => NodeId | undefined = () => undefined): NodeId {
    const place = this.again(id, node, instead);
    this.#places.set(id, place);
    return place;
  }

  /** A node of the given graph once more, for those alone who ask for it. */
  again(id: NodeId, node: GraphNode, instead: (read: NodeId) => NodeId | undefined): NodeId {
    this.#origins.push(id);
    return this.#nodes.push(withReads(node, (read) => instead(read) ?? this.at(read))) - 1;
  }

  /** In the place of a node of the given graph, this one is read. */
  replace(id: NodeId, place: NodeId): void {
    this.#places.set(id, place);
  }

  has(id: NodeId): boolean {
    return this.#places.has(id);
  }

  /** Where a node of the given graph stands. */
  at(id: NodeId): NodeId {
    const place = this.#places.get(id);
    if (place === undefined) throw new RangeError(`node ${id} is read before it stands anywhere`);
    return place;
  }

  finish(): Edited {
    const { kernels, outputs } = this.#given;
    return {
      graph: { nodes: this.#nodes, kernels, outputs: outputs.map((id) => this.at(id)) },
      origins: this.#origins,
    };
  }
}
