import { aNumber, type Clock, decodeJson, Fault, faultData, realClock } from "@tilebook/base";
import type { Graph, TensorType } from "@tilebook/ir";
import { chooseSignatures } from "../sbp/choose.ts";
import type { Wanted } from "../sbp/layouts.ts";
import { fastestHarmless, type LinkCosts } from "../sbp/link-costs.ts";
import { type Lowering, lowerToRanks } from "../sbp/lower.ts";
import type { PeerPlan } from "../sbp/peer-plan.ts";
import { broadcast, liesOn, localType, type Sbp, split } from "../sbp/sbp.ts";
import type { Algorithm } from "../sbp/schedule.ts";
import type { Link } from "../transport/link.ts";
import type { Asks } from "./asks.ts";
import { contentHash } from "./content-hash.ts";
import { type Timeline, timelineOf } from "./figures.ts";
import type { Header } from "./headers.ts";
import { joinParts, partBytes } from "./part-bytes.ts";
import { encodePlan } from "./plan-json.ts";
import { mostEvents, type RunEvent, someEvents } from "./timeline.ts";
import type { PeerId, PeerWorker } from "./worker.ts";

/** A tensor that lies on a group. The part of every rank that has one has this name there. */
export interface GlobalTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly sbp: Sbp;
}

export interface GroupOptions {
  /** The peers by rank. */
  readonly ranks: readonly PeerId[];
  /** This peer, if it is one of them. */
  readonly self: PeerId;
  readonly worker: PeerWorker;
  readonly link: (peer: PeerId) => Link | undefined;
  readonly asks: Asks;
  /** A prefix of names that nobody else uses. */
  readonly name: string;
  /** As `Layouts.operationsPerByte`. */
  readonly operationsPerByte?: number;
  readonly clock?: Clock;
  /** Its ranks share one device. */
  readonly oneDevice?: boolean;
  /** What transfers between ranks cost, as far as is known now: collectives are done as is fastest, of the ways that give the same numbers for the same bytes. */
  readonly linkCosts?: () => LinkCosts | undefined;
  /** The way in which collectives are done that can be done so, whatever it costs. */
  readonly pinned?: () => Algorithm | undefined;
  /** Hears whose part of a run failed, and of what: not of those that were stopped by it. */
  readonly failed?: (peer: PeerId, message: string) => void;
  /** Called after each run. */
  readonly ran?: () => void;
}

export interface ComputeOptions {
  /** How the outputs are wanted: as they come, by default. */
  readonly outputs?: readonly Wanted[];
  readonly signal?: AbortSignal;
  /** Hears what the ranks did and when, before the outputs come. To know it costs messages, and little else. */
  readonly timeline?: (timeline: Timeline) => void;
}

/** Of runs that are ended by others. */
const stops: ReadonlySet<string> = new Set(["run/stopped", "mesh/cancelled"]);
const empty = new Uint8Array(0);
/** How often a clock is asked. */
const questions = 4;

/** A group of peers that compute together, as one of them drives it. */
export class Group {
  readonly #options: GroupOptions;
  #next = 0;

  constructor(options: GroupOptions) {
    this.#options = options;
  }

  /**
   * Brings a tensor to the group: its bytes, row-major, of which each rank gets what is its. Bytes that a rank remembers from before are not sent again.
   */
  async put(bytes: Uint8Array, type: TensorType, sbp: Sbp): Promise<GlobalTensor> {
    const tensor = { name: this.#name(), type, sbp };
    const { ranks } = this.#options;
    await Promise.all(
      ranks.map(async (peer, rank) => {
        if (!liesOn(sbp, rank)) return;
        const part = partBytes(bytes, type, sbp, { rank, ranks: ranks.length });
        const local = localType(type, sbp, rank, ranks.length);
        if (peer === this.#options.self) return this.#options.worker.hold(tensor.name, part, local);
        await this.#bring(peer, tensor.name, { type: local, bytes: part });
      }),
    );
    return tensor;
  }

  async #bring(
    peer: PeerId,
    name: string,
    { type, bytes }: { readonly type: TensorType; readonly bytes: Uint8Array },
  ): Promise<void> {
    const hash = await contentHash(bytes);
    if (hash === undefined) return void (await this.#send(peer, { kind: "put", name, type }, bytes));
    const isThere = await this.#send(peer, { kind: "have", name, type, hash });
    if (isThere !== true) await this.#send(peer, { kind: "put", name, type, hash }, bytes);
  }

  /**
   * How inputs that are not on the group yet lie best for a graph, beside those that are: whole on every rank, or cut along an axis. Fault `mesh/no-plan`.
   */
  bestLayouts(graph: Graph, known: ReadonlyMap<string, GlobalTensor>): ReadonlyMap<string, Sbp> {
    const { ranks, operationsPerByte = Infinity } = this.#options;
    const types = new Map(
      graph.nodes.flatMap((node) => (node.kind === "input" ? [[node.tensor, node.type] as const] : [])),
    );
    const options = (tensor: string): readonly Sbp[] => {
      const lies = known.get(tensor)?.sbp;
      if (lies !== undefined) return [lies];
      return [broadcast, ...(types.get(tensor)?.shape ?? []).map((_, axis) => split(axis))];
    };
    const chosen = chooseSignatures(graph, {
      ranks: ranks.length,
      inputs: options,
      operationsPerByte,
      brought: (tensor) => !known.has(tensor),
    });
    if (chosen === undefined) throw noPlan();
    return new Map(
      graph.nodes.flatMap((node, id) =>
        node.kind === "input" ? [[node.tensor, chosen.signatures[id]?.output ?? broadcast] as const] : [],
      ),
    );
  }

  /**
   * Computes a graph whose inputs are tensors of the group, by the signatures that cost least. Rejects with the first fault of any rank; then the
   * others are stopped, and no output is left.
   */
  async compute(
    graph: Graph,
    inputs: ReadonlyMap<string, GlobalTensor>,
    options: ComputeOptions = {},
  ): Promise<readonly GlobalTensor[]> {
    const { ranks, operationsPerByte = Infinity } = this.#options;
    const outputs = options.outputs ?? [];
    const chosen = chooseSignatures(graph, {
      ranks: ranks.length,
      inputs: (tensor) => [inputs.get(tensor)?.sbp ?? broadcast],
      outputs,
      operationsPerByte,
    });
    if (chosen === undefined) throw noPlan();
    const wanted = outputs.map((one) => (one?.kind === "as" ? inputs.get(one.tensor)?.sbp : one));
    const results = graph.outputs.map((node, place): GlobalTensor => ({
      name: this.#name(),
      type: graph.nodes[node]?.type ?? { dtype: "f32", shape: [] },
      sbp: wanted[place] ?? chosen.signatures[node]?.output ?? broadcast,
    }));
    const plans = lowerToRanks(named(graph, inputs), chosen.signatures, {
      ranks: ranks.length,
      outputs: wanted,
      ...this.#algorithms(),
    });
    await this.#runAll(plans, results, options);
    return results;
  }

  #algorithms(): Pick<Lowering, "algorithmOf"> {
    const [pinned, costs] = [this.#options.pinned?.(), this.#options.linkCosts?.()];
    if (pinned !== undefined) return { algorithmOf: () => pinned };
    if (costs === undefined) return {};
    return { algorithmOf: (moving, bytes) => fastestHarmless(moving, bytes, costs) };
  }

  /** The whole tensor's bytes, row-major. */
  async get(tensor: GlobalTensor): Promise<Uint8Array> {
    if (tensor.sbp.kind === "partial") {
      const graph: Graph = {
        nodes: [{ kind: "input", tensor: tensor.name, type: tensor.type }],
        kernels: [],
        outputs: [0],
      };
      const [whole] = await this.compute(graph, new Map([[tensor.name, tensor]]), { outputs: [broadcast] });
      if (whole === undefined) throw new Fault("mesh/unknown", `no tensor ${tensor.name}`);
      return this.get(whole).finally(() => this.free(whole));
    }
    const { ranks, self } = this.#options;
    const whole = ranks.includes(self) ? self : (ranks[0] ?? self);
    const lies = ranks.filter((_, rank) => liesOn(tensor.sbp, rank));
    const from = tensor.sbp.kind === "broadcast" ? [whole] : lies;
    const parts = await Promise.all(from.map((peer) => this.#read(peer, tensor.name)));
    return joinParts(parts, tensor.type, tensor.sbp);
  }

  free(tensor: GlobalTensor): void {
    for (const [rank, peer] of this.#options.ranks.entries()) {
      if (!liesOn(tensor.sbp, rank)) continue;
      if (peer === this.#options.self) this.#options.worker.free(tensor.name);
      else this.#send(peer, { kind: "free", names: [tensor.name] }).catch(() => undefined);
    }
  }

  async #runAll(
    plans: readonly PeerPlan[],
    results: readonly GlobalTensor[],
    { signal, timeline }: ComputeOptions,
  ): Promise<void> {
    const { ranks } = this.#options;
    const run = this.#name();
    const offsets = timeline === undefined ? [] : await this.#offsets();
    const stop = (): void => this.#stop(run);
    signal?.addEventListener("abort", stop, { once: true });
    const parts = ranks.map((peer, rank) => {
      const names = results.filter(({ sbp }) => liesOn(sbp, rank)).map(({ name }) => name);
      const header = { kind: "plan", run, ranks, rank, names } as const;
      const plan = plans[rank] ?? { tasks: [], sends: [], receives: [], results: [] };
      const part = this.#runOne(peer, header, { plan, watched: timeline !== undefined });
      part.catch((error: unknown) => this.#failed(peer, error));
      return part;
    });
    try {
      const events = await Promise.all(parts);
      timeline?.(timelineOf(events, offsets, this.#options.oneDevice));
    } catch (error) {
      stop();
      await Promise.allSettled(parts);
      for (const result of results) this.free(result);
      throw error;
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#options.ran?.();
    }
  }

  #failed(peer: PeerId, error: unknown): void {
    const { code, message } = faultData(error);
    if (!stops.has(code)) this.#options.failed?.(peer, message);
  }

  /** One rank's part; gives its events, if they are wanted. */
  async #runOne(
    peer: PeerId,
    header: Header & { readonly kind: "plan" },
    { plan, watched }: { readonly plan: PeerPlan; readonly watched: boolean },
  ): Promise<readonly RunEvent[]> {
    const { self, worker, asks } = this.#options;
    if (peer === self) return worker.run(watched ? { ...header, timeline: 0 } : header, plan);
    const bytes = new TextEncoder().encode(JSON.stringify(encodePlan(plan)));
    if (!watched) return this.#send(peer, header, bytes).then(() => []);
    const { ask, got } = asks.open(peer);
    try {
      await this.#send(peer, { ...header, timeline: ask }, bytes);
    } finally {
      asks.cancel(ask);
    }
    return decodeJson(someEvents, new TextDecoder().decode(await got), mostEvents);
  }

  /** By rank, what its clock shows more than this one's. */
  async #offsets(): Promise<readonly number[]> {
    const { ranks, self } = this.#options;
    return Promise.all(ranks.map(async (peer) => (peer === self ? 0 : this.#offset(peer))));
  }

  /** Of a few questions the one that was answered soonest; half of the time is taken for the way there. */
  async #offset(peer: PeerId): Promise<number> {
    const { clock = realClock } = this.#options;
    let best = { took: Infinity, offset: 0 };
    for (let time = 0; time < questions; time++) {
      const asked = clock.now();
      const shown = aNumber(await this.#send(peer, { kind: "clock" }), "clock");
      const took = clock.now() - asked;
      if (took < best.took) best = { took, offset: shown - asked - took / 2 };
    }
    return best.offset;
  }

  #stop(run: string): void {
    for (const peer of this.#options.ranks) {
      if (peer === this.#options.self) this.#options.worker.stop(run);
      else this.#send(peer, { kind: "stop", run }).catch(() => undefined);
    }
  }

  async #read(peer: PeerId, name: string): Promise<Uint8Array> {
    const { self, worker, asks } = this.#options;
    if (peer === self) return worker.read(name);
    const { ask, got } = asks.open(peer);
    try {
      await this.#send(peer, { kind: "get", name, ask });
    } catch (error) {
      asks.cancel(ask);
      throw error;
    }
    return got;
  }

  async #send(peer: PeerId, header: Header, bytes: Uint8Array = empty): Promise<unknown> {
    const link = this.#options.link(peer);
    if (link === undefined) throw new Fault("mesh/no-link", `there is no link to ${peer}`);
    return link.send(header, bytes);
  }

  #name(): string {
    return `${this.#options.name}.${this.#next++}`;
  }
}

/** The graph with the names that its inputs have on the group. */
function named(graph: Graph, inputs: ReadonlyMap<string, GlobalTensor>): Graph {
  const nodes = graph.nodes.map((node) =>
    node.kind === "input" ? { ...node, tensor: inputs.get(node.tensor)?.name ?? node.tensor } : node,
  );
  return { ...graph, nodes };
}

function noPlan(): Fault {
  return new Fault("mesh/no-plan", "this graph cannot be computed with its tensors lying as they do");
}
