import { type Clock, Fault, realClock } from "@tilebook/base";
import { sameType, type TensorType } from "@tilebook/ir";
import type { Accept, Opening, Sink } from "../transport/inbox.ts";
import type { Link } from "../transport/link.ts";
import { Priority } from "../transport/outbox.ts";
import { collect } from "./collect.ts";
import { ComingRuns } from "./coming-runs.ts";
import { contentHash } from "./content-hash.ts";
import type { ContentShelf } from "./content-shelf.ts";
import type { Device } from "./device.ts";
import { aHeader, type Header, type HeaderOf } from "./headers.ts";
import type { PeerPlan } from "../sbp/peer-plan.ts";
import { ProbeLimit } from "./probe-limit.ts";
import { PlanRun } from "./plan-run.ts";
import { decodePlan, mostPlan } from "./plan-json.ts";
import { TensorStore } from "./tensor-store.ts";
import { Recorder, type RunEvent } from "./timeline.ts";

/** Names a peer of a room. */
export type PeerId = string;

export interface WorkerOptions {
  readonly device: Device;
  /** The most bytes that others may have it hold. */
  readonly budgetBytes: number;
  /** As `TensorStoreOptions.rememberedBytes`. */
  readonly rememberedBytes?: number;
  /** Where bytes that were sent may be kept, and are looked for. */
  readonly shelf?: ContentShelf;
  /** The most plans under way at once. */
  readonly mostRuns?: number;
  /** Whether a peer may give it work. Values for runs come from whom the run names. */
  readonly drives: (peer: PeerId) => boolean;
  readonly clock?: Clock;
}

interface Run {
  readonly plan: PlanRun;
  readonly stop: AbortController;
  readonly recorder: Recorder | undefined;
  /** Peers by rank. */
  readonly ranks: readonly PeerId[];
}

const unkept: Sink = { write: () => undefined, end: () => undefined, fail: () => undefined };

const mostOver = 1_000;
const usualRuns = 32;

/** Ends of many transfers by one signal, which would warn of so many listeners. */
class Ends {
  readonly #open = new Set<AbortController>();

  constructor(all: AbortSignal) {
    all.addEventListener("abort", () => this.#open.forEach((one) => one.abort()), { once: true });
  }

  async of<T>(begin: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const one = new AbortController();
    this.#open.add(one);
    try {
      return await begin(one.signal);
    } finally {
      this.#open.delete(one);
    }
  }
}

/**
 * A peer that computes for others: holds their tensors, and does its part of their plans, whose values go straight from peer to peer. Everything comes as
 * streams of links, whose headers say what they are (`headers.ts`).
 */
export class PeerWorker {
  readonly #options: WorkerOptions;
  readonly #links = new Map<PeerId, Link>();
  readonly #store: TensorStore;
  readonly #runs = new Map<string, Run>();
  /** Runs by name, for values that come before their plan. */
  readonly #begun = new ComingRuns<Run>();
  /** Bytes of plans that are on their way. */
  #planBytes = 0;
  /** The latest runs that are over: what comes for them is late. */
  readonly #over = new Set<string>();
  readonly #valueBytes = { sent: 0, received: 0 };
  readonly #valuesFrom = new Map<PeerId, number>();
  readonly #clock: Clock;
  readonly #probes: ProbeLimit;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#store = new TensorStore(options);
    this.#clock = options.clock ?? realClock;
    this.#probes = new ProbeLimit(this.#clock);
  }

  /** Where what this peer sends is taken. */
  acceptFrom(peer: PeerId): Accept {
    return (opening) => this.#accept(peer, opening);
  }

  connect(peer: PeerId, link: Link): void {
    this.#links.set(peer, link);
  }

  get links(): ReadonlyMap<PeerId, Link> {
    return this.#links;
  }

  /** What it holds for others. */
  get memory(): { readonly tensors: number; readonly bytes: number } {
    return this.#store.memory;
  }

  /** Runs that values have come for, and that have not begun. */
  get waiting(): number {
    return this.#begun.waiting;
  }

  /** Bytes of values that went between ranks: what boxing costs. Plans, and tensors that are put and got, are not among them. */
  get moved(): { readonly sent: number; readonly received: number } {
    return { ...this.#valueBytes };
  }

  /** Of these, what came from each peer. */
  get movedFrom(): ReadonlyMap<PeerId, number> {
    return this.#valuesFrom;
  }

  /** Bytes of everything else that came over its links: plans, tensors that are put and got, heads, credits, heartbeats. */
  get otherBytes(): number {
    let bytes = -this.#valueBytes.received;
    for (const { traffic } of this.#links.values())
      bytes += traffic.received.payload + traffic.received.framing;
    return bytes;
  }

  /** Stops every run and lets go of every tensor. */
  close(): void {
    for (const { stop } of this.#runs.values()) stop.abort();
    this.#store.clear();
    this.#begun.fail(new Fault("mesh/left", "the worker has left"));
  }

  #accept(peer: PeerId, { header, bytes }: Opening): Sink {
    const said = aHeader(header, "header");
    if (said.kind === "value") return this.#value(peer, said, bytes);
    if (said.kind === "probe") {
      this.#probes.take(peer, bytes);
      return unkept;
    }
    if (said.kind === "got" || said.kind === "told")
      throw new Fault("mesh/not-allowed", "nobody asked for this");
    if (!this.#options.drives(peer)) throw new Fault("mesh/not-allowed", "this peer may not give work");
    return this.#work(peer, said, bytes);
  }

  #work(
    peer: PeerId,
    said: Exclude<Header, HeaderOf<"value" | "got" | "told" | "probe">>,
    bytes: number,
  ): Sink {
    switch (said.kind) {
      case "put":
        return this.#put(said, bytes);
      case "have":
        return nothing(bytes, () => this.#have(said));
      case "plan":
        return this.#comingPlan(peer, said, bytes);
      case "clock":
        return nothing(bytes, () => this.#clock.now());
      case "get":
        return nothing(bytes, () => this.#get(peer, said));
      case "free":
        return nothing(bytes, () => said.names.forEach((name) => this.free(name)));
      case "stop":
        return nothing(bytes, () => this.stop(said.run));
    }
  }

  /** Those on their way are no more, together, than the largest one may be. */
  #comingPlan(peer: PeerId, said: HeaderOf<"plan">, bytes: number): Sink {
    if (bytes > mostPlan) throw new Fault("mesh/plan", `a plan of ${bytes} bytes is too large`);
    if (this.#planBytes + bytes > mostPlan)
      throw new Fault("mesh/busy", "the worker has too many plans on their way, and takes no more");
    this.#planBytes += bytes;
    // A run that fails is heard of twice: as the end of its plan throws, and as a stream that failed.
    let isBack = false;
    const back = (): void => {
      if (!isBack) this.#planBytes -= bytes;
      isBack = true;
    };
    return collect(bytes, (whole) => (back(), this.#plan(peer, said, whole)), back);
  }

  #put({ name, type, hash }: HeaderOf<"put">, bytes: number): Sink {
    this.#store.checkFree(name);
    this.#store.claim(type, bytes);
    return collect(
      bytes,
      async (whole) => {
        if (hash !== undefined && (await contentHash(whole)) !== hash)
          throw new Fault("mesh/lie", "a tensor has not the bytes of its hash");
        this.#store.put(name, whole, { type, ...(hash !== undefined && { hash }) });
        if (hash !== undefined) this.#options.shelf?.offer(hash, whole);
      },
      () => this.#store.release(bytes),
    );
  }

  async #have({ name, hash, type }: HeaderOf<"have">): Promise<boolean> {
    if (this.#store.take(name, hash, type)) return true;
    const bytes = await this.#options.shelf?.get(hash);
    if (bytes === undefined || (await contentHash(bytes)) !== hash) return false;
    this.#store.claim(type, bytes.length);
    try {
      this.#store.put(name, bytes, { type, hash });
      return true;
    } catch (error) {
      this.#store.release(bytes.length);
      throw error;
    }
  }

  async #plan(peer: PeerId, header: HeaderOf<"plan">, bytes: Uint8Array): Promise<void> {
    const events = await this.run(header, decodePlan(new TextDecoder().decode(bytes)));
    if (header.timeline === undefined) return;
    const told: Header = { kind: "told", ask: header.timeline };
    await this.#links.get(peer)?.send(told, new TextEncoder().encode(JSON.stringify(events)));
  }

  /**
   * Does this peer's part of a plan; resolves when it is done. Its results are held under the given names. Gives what it did and when by its clock, if the
   * plan asks for a timeline.
   */
  async run(
    { run, ranks, rank, names, timeline }: HeaderOf<"plan">,
    part: PeerPlan,
  ): Promise<readonly RunEvent[]> {
    if (this.#runs.has(run) || this.#over.has(run))
      throw new Fault("mesh/taken", `there was a run ${run} before`);
    const { mostRuns = usualRuns } = this.#options;
    if (this.#runs.size >= mostRuns)
      throw new Fault("mesh/busy", `the worker has ${mostRuns} runs under way, and takes no more`);
    const stop = new AbortController();
    const ends = new Ends(stop.signal);
    const recorder = timeline === undefined ? undefined : new Recorder(this.#clock, rank);
    const plan = new PlanRun(part, {
      device: this.#options.device,
      given: (name) => this.#store.get(name),
      signal: stop.signal,
      watch: recorder,
      send: ({ to, as }, { type, ...more }) =>
        this.#sendValue(ranks[to] ?? "", { kind: "value", run, name: as, rank, type }, { ...more, ends }),
    });
    const begun = { plan, stop, ranks, recorder };
    this.#runs.set(run, begun);
    this.#begun.begin(run, begun);
    try {
      const results = await plan.run();
      results.forEach((held, place) => this.#store.keep(names[place] ?? `${run}.${place}`, held));
      return (await recorder?.whole()) ?? [];
    } finally {
      this.#end(run);
    }
  }

  /** Stops a run, if it is under way. */
  stop(run: string): void {
    this.#runs.get(run)?.stop.abort();
  }

  /** Holds a tensor of its own device. */
  hold(name: string, bytes: Uint8Array, type: TensorType): void {
    this.#store.claim(type, bytes.length);
    try {
      this.#store.put(name, bytes, { type });
    } catch (error) {
      this.#store.release(bytes.length);
      throw error;
    }
  }

  /** The bytes of a tensor that it holds. */
  async read(name: string): Promise<Uint8Array> {
    const held = this.#store.get(name);
    if (held === undefined) throw new Fault("mesh/unknown", `no tensor ${name}`);
    return this.#options.device.read(held.handle);
  }

  /** Lets go of a tensor, if it holds it. */
  free(name: string): void {
    this.#store.free(name);
  }

  /** Its device is another one: bytes that it remembered have to be sent again. */
  forget(): void {
    this.#store.forget();
  }

  async #sendValue(
    peer: PeerId,
    header: Header,
    { bytes, order, ends }: { readonly bytes: Uint8Array; readonly order: number; readonly ends: Ends },
  ): Promise<void> {
    const link = this.#links.get(peer);
    if (link === undefined) throw new Fault("mesh/no-link", `there is no link to ${peer}`);
    await ends.of((signal) => link.send(header, bytes, { priority: Priority.collective, order, signal }));
    this.#valueBytes.sent += bytes.length;
  }

  #end(run: string): void {
    this.#runs.delete(run);
    this.#begun.end(run);
    this.#over.add(run);
    const [oldest] = this.#over;
    if (this.#over.size > mostOver && oldest !== undefined) this.#over.delete(oldest);
  }

  /**
   * Of another rank. Until the plan is here, no more than a first window of it is taken, and no room is set aside: any member may say that it has values for
   * runs that nobody knows.
   */
  #value(peer: PeerId, { run, name, rank, type }: HeaderOf<"value">, bytes: number): Sink {
    if (this.#over.has(run)) throw new Fault("mesh/late", "that run is over");
    this.#store.check(type, bytes);
    let isOver = false;
    let room: { readonly whole: Uint8Array; readonly received?: (() => void) | undefined } | undefined;
    const coming = this.#begun.wait(run);
    const ready = coming.begun.then(({ plan, ranks, recorder }) => {
      const expected = plan.expects(name, rank);
      if (ranks[rank] !== peer || expected === undefined || !sameType(expected, type))
        throw new Fault("mesh/plan", `nobody waits for the value ${name} of this peer`);
      if (isOver) throw new Fault("mesh/late", "the value was given up");
      this.#store.claim(type, bytes);
      room = { whole: new Uint8Array(bytes), received: recorder?.receiving(name, rank, bytes) };
      return { plan, ...room };
    });
    // The sender hears of it with the first part that it sends.
    ready.catch(() => undefined);
    const end = (): void => {
      if (!isOver && room !== undefined) this.#store.release(bytes);
      isOver = true;
      coming.giveUp();
    };
    return {
      write: async (part, offset) => (await ready).whole.set(part, offset),
      end: async () => {
        const { plan, whole, received } = await ready;
        received?.();
        plan.received(name, type, whole);
        this.#valueBytes.received += bytes;
        this.#valuesFrom.set(peer, (this.#valuesFrom.get(peer) ?? 0) + bytes);
        end();
      },
      fail: end,
    };
  }

  /** The tensor comes back as a stream of its own, and then this one's answer. */
  async #get(peer: PeerId, { name, ask }: HeaderOf<"get">): Promise<void> {
    const [link, held] = [this.#links.get(peer), this.#store.get(name)];
    if (link === undefined || held === undefined) throw new Fault("mesh/unknown", `no tensor ${name}`);
    const header: Header = { kind: "got", ask, type: held.type };
    await link.send(header, await this.read(name));
  }
}

/** A stream without bytes: its header says all. */
function nothing(bytes: number, end: () => unknown): Sink {
  if (bytes !== 0) throw new Fault("mesh/lie", "a header that comes alone says that bytes follow");
  return collect(0, end);
}
