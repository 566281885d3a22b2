import { Fault } from "@tilebook/base";
import { type Graph, sameType, type TensorType } from "@tilebook/ir";
import type { TensorHandle } from "@tilebook/runtime";
import type { PeerPlan, Send, Task } from "../sbp/peer-plan.ts";
import type { Device } from "./device.ts";
import { Slots } from "./slots.ts";

/** A tensor that a peer holds. */
export interface Held {
  readonly handle: TensorHandle;
  readonly type: TensorType;
}

export interface PlanRunOptions {
  readonly device: Device;
  /** A tensor that is there from the start. The run does not free it. */
  readonly given: (name: string) => Held | undefined;
  /** Brings bytes to another rank; resolves when it has taken them. */
  readonly send: (send: Send, type: TensorType, bytes: Uint8Array) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * One peer's part of a plan: every task, send and receive as soon as what it needs is there, so transfers and tasks that do not need each other
 * run beside each other. Values are freed after their last use, but for the results.
 */
export class PlanRun {
  readonly #plan: PeerPlan;
  readonly #options: PlanRunOptions;
  readonly #slots = new Slots<Held>();
  /** How often each value is still to be used. */
  readonly #uses = new Map<string, number>();
  readonly #given = new Map<string, Held>();
  readonly #made = new Set<TensorHandle>();
  #over = false;

  constructor(plan: PeerPlan, options: PlanRunOptions) {
    this.#plan = plan;
    this.#options = options;
    for (const name of usesOf(plan)) this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
    this.#check();
  }

  /** Resolves with the tensors of the results, which the caller owns. Rejects with what went wrong first, here or in a transfer; then nothing is left. */
  async run(): Promise<readonly Held[]> {
    const { tasks, sends, results } = this.#plan;
    const stop = (): void => this.#fail(new Fault("run/stopped", "the run was stopped"));
    this.#options.signal.addEventListener("abort", stop);
    try {
      for (const [name, held] of this.#given) this.#slots.set(name, held);
      await Promise.all([...tasks.map((task) => this.#task(task)), ...sends.map((send) => this.#send(send))]);
      return await Promise.all(
        results.map((name, place) => this.#result(name, results.indexOf(name) === place)),
      );
    } catch (error) {
      this.#over = true;
      this.#fail(error instanceof Fault ? error : new Fault("mesh/plan", String(error), { cause: error }));
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
    this.#put(name, { handle: this.#options.device.upload(bytes, type), type });
  }

  #fail(fault: Fault): void {
    this.#slots.fail(fault);
  }

  async #task({ graph, outputs }: Task): Promise<void> {
    const names = [...new Set(inputsOf(graph).map(({ tensor }) => tensor))];
    const held = new Map<string, Held>();
    for (const name of names) held.set(name, await this.#slots.get(name));
    const handles = await this.#options.device.run(bound(graph, held), this.#options.signal);
    outputs.forEach((name, place) => {
      const [handle, type] = [handles[place], graph.nodes[graph.outputs[place] ?? -1]?.type];
      if (handle !== undefined && type !== undefined) this.#put(name, { handle, type });
    });
    for (const name of names) this.#used(name, held.get(name));
  }

  async #send(send: Send): Promise<void> {
    const held = await this.#slots.get(send.value);
    const bytes = await this.#options.device.read(held.handle);
    this.#used(send.value, held);
    await this.#options.send(send, held.type, bytes);
  }

  /** Each result is a tensor of its own: what was given is the caller's already, and what is one for the second time is given, too. */
  async #result(name: string, isFirst: boolean): Promise<Held> {
    const held = await this.#slots.get(name);
    if (isFirst && !this.#given.has(name)) return held;
    const { device } = this.#options;
    return { type: held.type, handle: device.upload(await device.read(held.handle), held.type) };
  }

  /** What is made after the run has failed is wanted by nobody. */
  #put(name: string, held: Held): void {
    this.#made.add(held.handle);
    if (this.#over) return this.#free(held.handle);
    this.#slots.set(name, held);
    if ((this.#uses.get(name) ?? 0) === 0) this.#free(held.handle);
  }

  #used(name: string, held: Held | undefined): void {
    const left = (this.#uses.get(name) ?? 0) - 1;
    this.#uses.set(name, left);
    if (left === 0 && held !== undefined && !this.#given.has(name)) this.#free(held.handle);
  }

  #free(handle: TensorHandle): void {
    if (this.#made.delete(handle)) this.#options.device.free(handle);
  }

  /** That every value is written once, before it is read, and has the type that its reader says. */
  #check(): void {
    const types = new Map<string, TensorType>();
    const write = (name: string, type: TensorType): void => {
      if (types.has(name)) throw wrong(`the value ${name} is written twice`);
      types.set(name, type);
    };
    for (const { value, type } of this.#plan.receives) write(value, type);
    for (const task of this.#plan.tasks) {
      for (const { tensor, type } of inputsOf(task.graph)) {
        const known = types.get(tensor) ?? this.#givenType(tensor);
        if (known === undefined || !sameType(known, type)) throw wrong(`no value ${tensor} of that type`);
      }
      task.outputs.forEach((name, place) => {
        const type = task.graph.nodes[task.graph.outputs[place] ?? -1]?.type;
        if (type === undefined) throw wrong(`the value ${name} is no output`);
        write(name, type);
      });
    }
    const left = [...this.#plan.sends.map(({ value }) => value), ...this.#plan.results];
    for (const name of left)
      if (!types.has(name) && this.#givenType(name) === undefined) throw wrong(`no value ${name}`);
  }

  #givenType(name: string): TensorType | undefined {
    const held = this.#given.get(name) ?? this.#options.given(name);
    if (held !== undefined) this.#given.set(name, held);
    return held?.type;
  }
}

function usesOf({ tasks, sends, results }: PeerPlan): readonly string[] {
  const read = tasks.flatMap(({ graph }) => [...new Set(inputsOf(graph).map(({ tensor }) => tensor))]);
  return [...read, ...sends.map(({ value }) => value), ...results];
}

function inputsOf(graph: Graph): readonly { readonly tensor: string; readonly type: TensorType }[] {
  return graph.nodes.flatMap((node) => (node.kind === "input" ? [node] : []));
}

function bound(graph: Graph, held: ReadonlyMap<string, Held>): Graph {
  const nodes = graph.nodes.map((node) =>
    node.kind === "input" ? { ...node, tensor: held.get(node.tensor)?.handle ?? node.tensor } : node,
  );
  return { ...graph, nodes };
}

function wrong(what: string): Fault {
  return new Fault("mesh/plan", `a plan is refused: ${what}`);
}
