import { Fault } from "@tilebook/base";
import type { TensorType } from "@tilebook/ir";
import type { TensorHandle } from "@tilebook/runtime";
import { inputNames, type PeerPlan, type Send, type Task } from "../sbp/peer-plan.ts";
import { checkPlan } from "./check-plan.ts";
import type { Device } from "./device.ts";
import type { Watch } from "./timeline.ts";

/** A tensor that a peer holds. */
export interface Held {
  readonly handle: TensorHandle;
  readonly type: TensorType;
}

export interface PlanRunOptions {
  readonly device: Device;
  /** A tensor that is there from the start. The run does not free it. */
  readonly given: (name: string) => Held | undefined;
  /** Brings bytes to another rank; resolves when it has taken them. `order`: of those under way together, the lowest goes first. */
  readonly send: (send: Send, of: { type: TensorType; bytes: Uint8Array; order: number }) => Promise<void>;
  readonly signal: AbortSignal;
  readonly watch?: Watch | undefined;
}

/**
 * One peer's part of a plan: every task, send and receive as soon as what it needs is there. The device has one task at a time, of those that can run the
 * one that stands first in the plan; what is to be sent is read before the next one begins, so a transfer never waits for work that
 * came later. Values are freed after their last use, but for the results.
 */
export class PlanRun {
  readonly #plan: PeerPlan;
  readonly #options: PlanRunOptions;
  readonly #values = new Map<string, Held>();
  /** How often each value is still to be used. */
  readonly #uses = new Map<string, number>();
  readonly #given = new Map<string, Held>();
  readonly #made = new Set<TensorHandle>();
  /** By task, how many values are not there yet. */
  readonly #missing: number[];
  /** By value, the tasks that read it. */
  readonly #readers = new Map<string, number[]>();
  /** By value, the places of its sends in the plan. */
  readonly #sends = new Map<string, number[]>();
  /** Tasks that can run. */
  readonly #ready = new Set<number>();
  /** Tasks that have begun. */
  #busy = 0;
  #over = false;
  /** Tasks, sends, receives and results that are to come. What nobody here reads is waited for, too: its sender waits until it is taken. */
  #left: number;
  #finish: () => void = () => undefined;
  #break: (fault: Fault) => void = () => undefined;

  constructor(plan: PeerPlan, options: PlanRunOptions) {
    this.#plan = plan;
    this.#options = options;
    for (const name of usesOf(plan)) this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
    checkPlan(plan, (name) => this.#givenType(name));
    const reads = plan.tasks.map(({ graph }) => inputNames(graph));
    this.#missing = reads.map(({ length }) => length);
    reads.forEach((names, task) => names.forEach((name) => append(this.#readers, name, task)));
    plan.sends.forEach(({ value }, place) => append(this.#sends, value, place));
    this.#missing.forEach((missing, task) => missing === 0 && this.#ready.add(task));
    this.#left = plan.tasks.length + plan.sends.length + plan.receives.length + new Set(plan.results).size;
  }

  /** Resolves with the tensors of the results, which the caller owns. Rejects with what went wrong first, here or in a transfer; then nothing is left. */
  async run(): Promise<readonly Held[]> {
    const { results } = this.#plan;
    const stop = (): void => this.#fail(new Fault("run/stopped", "the run was stopped"));
    this.#options.signal.addEventListener("abort", stop);
    try {
      await new Promise<void>((finish, fail) => {
        [this.#finish, this.#break] = [finish, fail];
        for (const [name, held] of this.#given) this.#there(name, held);
        this.#done(0);
        this.#next();
      });
      return await Promise.all(
        results.map((name, place) => this.#result(name, results.indexOf(name) === place)),
      );
    } catch (error) {
      this.#over = true;
      for (const handle of this.#made) this.#free(handle);
      throw error;
    } finally {
      this.#over = true;
      this.#options.signal.removeEventListener("abort", stop);
    }
  }

  /** What the plan says of a value that a rank sends; nothing where it does not wait for it. */
  expects(name: string, from: number): TensorType | undefined {
    return this.#plan.receives.find(({ value, from: rank }) => value === name && rank === from)?.type;
  }

  /** A value has come from another rank. */
  received(name: string, type: TensorType, bytes: Uint8Array): void {
    if (this.#over) return;
    if (this.#values.has(name)) throw new Fault("mesh/plan", `the value ${name} is written twice`);
    this.#put(name, { handle: this.#options.device.upload(bytes, type), type });
    this.#done(1);
    this.#next();
  }

  #fail(error: unknown): void {
    this.#over = true;
    this.#break(error instanceof Fault ? error : new Fault("mesh/plan", String(error), { cause: error }));
  }

  /** Begins the first task that can run, if none does; all of them, where the device takes turns. */
  #next(): void {
    for (;;) {
      const first = Math.min(...this.#ready);
      const task = this.#plan.tasks[first];
      const full = this.#busy > 0 && this.#options.device.takesTurns !== true;
      if (full || this.#over || task === undefined) return;
      this.#ready.delete(first);
      this.#begin(task);
    }
  }

  #begin(task: Task): void {
    this.#busy += 1;
    this.#task(task)
      .then(() => {
        this.#busy -= 1;
        this.#done(1);
        this.#next();
      })
      .catch((error: unknown) => this.#fail(error));
  }

  async #task(task: Task): Promise<void> {
    const { graph, outputs } = task;
    const { device, signal, watch } = this.#options;
    const names = inputNames(graph);
    const ended = watch?.computing(task, device);
    const handles = await device.run(bound(graph, this.#values), signal, task.turn);
    // What is to be sent is read at once: nothing that the device is asked for later comes before.
    outputs.forEach((name, place) => {
      const [handle, type] = [handles[place], graph.nodes[graph.outputs[place] ?? -1]?.type];
      if (handle !== undefined && type !== undefined) this.#put(name, { handle, type });
    });
    ended?.();
    for (const name of names) this.#used(name);
  }

  /** A value is there: whoever waits for it goes on. */
  #there(name: string, held: Held): void {
    this.#values.set(name, held);
    for (const task of this.#readers.get(name) ?? []) {
      const missing = (this.#missing[task] ?? 0) - 1;
      this.#missing[task] = missing;
      if (missing === 0) this.#ready.add(task);
    }
    if (this.#plan.results.includes(name)) this.#done(1);
    this.#sendAll(name, held);
  }

  /** Sends a value to all who wait for it; it is read once. */
  #sendAll(name: string, held: Held): void {
    const orders = this.#sends.get(name);
    if (orders === undefined) return;
    const bytes = this.#options.device.read(held.handle);
    for (const order of orders) {
      const send = this.#plan.sends[order];
      if (send === undefined) continue;
      this.#send(send, { held, bytes, order }).catch((error: unknown) => this.#fail(error));
    }
  }

  async #send(
    send: Send,
    {
      held,
      bytes,
      order,
    }: { readonly held: Held; readonly bytes: Promise<Uint8Array>; readonly order: number },
  ): Promise<void> {
    const whole = await bytes;
    this.#used(send.value);
    if (this.#over) return;
    const ended = this.#options.watch?.sending(send, whole.length);
    await this.#options.send(send, { type: held.type, bytes: whole, order });
    ended?.();
    this.#done(1);
  }

  #done(count: number): void {
    this.#left -= count;
    if (this.#left === 0) this.#finish();
  }

  /** Each result is a tensor of its own: what was given is the caller's already, and what is one for the second time is given, too. */
  async #result(name: string, isFirst: boolean): Promise<Held> {
    const held = this.#values.get(name);
    if (held === undefined) throw new Fault("mesh/plan", `no value ${name}`);
    if (isFirst && !this.#given.has(name)) return held;
    const { device } = this.#options;
    return { type: held.type, handle: device.upload(await device.read(held.handle), held.type) };
  }

  /** What is made after the run has failed is wanted by nobody. */
  #put(name: string, held: Held): void {
    this.#made.add(held.handle);
    if (this.#over) return this.#free(held.handle);
    this.#there(name, held);
    if ((this.#uses.get(name) ?? 0) === 0) this.#free(held.handle);
  }

  #used(name: string): void {
    const left = (this.#uses.get(name) ?? 0) - 1;
    this.#uses.set(name, left);
    const held = this.#values.get(name);
    if (left === 0 && held !== undefined && !this.#given.has(name)) this.#free(held.handle);
  }

  #free(handle: TensorHandle): void {
    if (this.#made.delete(handle)) this.#options.device.free(handle);
  }

  #givenType(name: string): TensorType | undefined {
    const held = this.#given.get(name) ?? this.#options.given(name);
    if (held !== undefined) this.#given.set(name, held);
    return held?.type;
  }
}

function usesOf({ tasks, sends, results }: PeerPlan): readonly string[] {
  return [...tasks.flatMap(({ graph }) => inputNames(graph)), ...sends.map(({ value }) => value), ...results];
}

function bound(graph: Task["graph"], held: ReadonlyMap<string, Held>): Task["graph"] {
  const nodes = graph.nodes.map((node) =>
    node.kind === "input" ? { ...node, tensor: held.get(node.tensor)?.handle ?? node.tensor } : node,
  );
  return { ...graph, nodes };
}

function append(lists: Map<string, number[]>, name: string, place: number): void {
  const list = lists.get(name) ?? [];
  list.push(place);
  lists.set(name, list);
}
