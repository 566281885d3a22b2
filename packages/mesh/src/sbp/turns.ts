import { bitsOf, sizeOf, type TensorType } from "@tilebook/ir";
import { inputNames, type PeerPlan, type Send, type Task, type Turn } from "./peer-plan.ts";
import { operationsIn } from "./work.ts";

/** What a transfer costs beside its bytes, as so many bytes. */
const hopBytes = 64 * 1024;

/** Which of two goes first: negative for the first, 0 where it does not matter. */
export function compareTurns(a: Turn, b: Turn): number {
  return b.ahead - a.ahead || a.until - b.until || a.place - b.place;
}

/**
 * Puts what each rank does in the order in which the others need it: first that after which most bytes are still to travel, one transfer after
 * the other, until the run is over; of equals what needs least work until bytes leave; of those what was asked for first. So around a
 * ring each rank begins with what has the longest way to go, whatever the order in which it was asked for.
 */
export function inTurn(plans: readonly PeerPlan[]): readonly PeerPlan[] {
  const { tasks, sends } = turnsOf(plans);
  return plans.map((plan, rank) => ({
    ...plan,
    sends: plan.sends
      .map((send, place) => ({ send, turn: sends[rank]?.[place] ?? none }))
      .toSorted((a, b) => compareTurns(a.turn, b.turn))
      .map(({ send }) => send),
    tasks: afterSources(plan.tasks.map((task, place) => ({ ...task, turn: tasks[rank]?.[place] ?? none }))),
  }));
}

const none: Turn = { ahead: 0, until: 0, place: 0 };

/** A value that a rank has, or a task of it. */
interface Step {
  readonly work: number;
  /** What needs it, and what it costs to bring it there. */
  readonly next: { readonly step: Step; readonly cost: number }[];
  readonly sources: Step[];
  /** How many of those that need it have no turn yet. */
  open: number;
  ahead: number;
  until: number;
}

/** By rank and place in the plan. */
interface Turns {
  readonly tasks: readonly (readonly Turn[])[];
  readonly sends: readonly (readonly Turn[])[];
}

function turnsOf(plans: readonly PeerPlan[]): Turns {
  const values = plans.map(() => new Map<string, Step>());
  const valueOf = (rank: number, name: string): Step => {
    const found = values[rank]?.get(name) ?? newStep(0);
    values[rank]?.set(name, found);
    return found;
  };
  const tasks = plans.map((plan, rank) =>
    plan.tasks.map(({ graph, outputs }) => {
      const made = newStep(operationsIn(graph));
      for (const name of inputNames(graph)) join(valueOf(rank, name), made, 0);
      for (const name of outputs) join(made, valueOf(rank, name), 0);
      return made;
    }),
  );
  const costs = plans.map(
    ({ receives }) => new Map(receives.map(({ value, type }) => [value, costOf(type)])),
  );
  const costOfSend = ({ to, as }: Send): number => costs[to]?.get(as) ?? hopBytes;
  plans.forEach(({ sends }, rank) => {
    for (const send of sends) join(valueOf(rank, send.value), valueOf(send.to, send.as), costOfSend(send));
  });
  settle([...tasks.flat(), ...values.flatMap((mine) => [...mine.values()])]);
  const turnOfSend = (send: Send, place: number): Turn => {
    return { ahead: valueOf(send.to, send.as).ahead + costOfSend(send), until: 0, place };
  };
  return {
    tasks: tasks.map((mine) => mine.map(({ ahead, until }, place) => ({ ahead, until, place }))),
    sends: plans.map(({ sends }) => sends.map(turnOfSend)),
  };
}

function newStep(work: number): Step {
  return { work, next: [], sources: [], open: 0, ahead: 0, until: work };
}

function join(from: Step, to: Step, cost: number): void {
  from.next.push({ step: to, cost });
  to.sources.push(from);
  from.open += 1;
}

/** From the end of the run to its start. */
function settle(steps: readonly Step[]): void {
  const ready = steps.filter(({ open }) => open === 0);
  for (let step = ready.pop(); step !== undefined; step = ready.pop()) {
    for (const source of step.sources) {
      source.open -= 1;
      if (source.open > 0) continue;
      source.ahead = Math.max(...source.next.map((to) => to.step.ahead + to.cost));
      source.until = source.work + Math.min(...source.next.map((to) => (to.cost > 0 ? 0 : to.step.until)));
      ready.push(source);
    }
  }
}

/** The tasks by their turns, each after those whose values it reads. */
function afterSources<T extends Task & { readonly turn: Turn }>(tasks: readonly T[]): readonly T[] {
  const makers = new Map(tasks.flatMap((task) => task.outputs.map((name) => [name, task] as const)));
  const sources = new Map(
    tasks.map((task) => [task, new Set(inputNames(task.graph).flatMap((name) => makers.get(name) ?? []))]),
  );
  const waiting = new Set(tasks.toSorted((a, b) => compareTurns(a.turn, b.turn)));
  const waits = (task: T): boolean =>
    firstOf(sources.get(task) ?? new Set<T>(), (source) => waiting.has(source)) !== undefined;
  const done: T[] = [];
  for (;;) {
    const next = firstOf(waiting, (task) => !waits(task));
    if (next === undefined) return done;
    waiting.delete(next);
    done.push(next);
  }
}

function firstOf<T>(all: ReadonlySet<T>, is: (one: T) => boolean): T | undefined {
  for (const one of all) if (is(one)) return one;
  return undefined;
}

/** Of a transfer. */
function costOf({ shape, dtype }: TensorType): number {
  return hopBytes + (sizeOf(shape) * bitsOf(dtype)) / 8;
}
