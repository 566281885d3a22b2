import {
  aNumber,
  anArray,
  anInteger,
  anObject,
  aString,
  decodeJson,
  type Decoder,
  optional,
} from "@tilebook/base";
import { decodeGraph, encodeGraph } from "@tilebook/ir";
import { aTensorType } from "./tensor-type.ts";
import type { PeerPlan, Task } from "../sbp/peer-plan.ts";

/** Names of values are short, and nobody has very many. */
export const aName: Decoder<string> = aString(200);
/** The most bytes of a plan, which is JSON. */
export const mostPlan: number = 64 * 2 ** 20;
/** The most peers of one group. */
export const mostRanks = 400;
export const aRank: Decoder<number> = anInteger(0, mostRanks - 1);

const aTask: Decoder<Task> = (value, path) => {
  const { turn, ...task } = anObject({
    graph: (given: unknown) => decodeGraph(given),
    outputs: anArray(aName, 10_000),
    turn: optional(anObject({ ahead: aNumber, until: aNumber, place: aNumber })),
  })(value, path);
  return turn === undefined ? task : { ...task, turn };
};

const aPlan: Decoder<PeerPlan> = anObject({
  tasks: anArray(aTask, 10_000),
  sends: anArray(anObject({ value: aName, to: aRank, as: aName }), 100_000),
  receives: anArray(anObject({ value: aName, from: aRank, type: aTensorType }), 100_000),
  results: anArray(aName, 10_000),
});

export function encodePlan({ tasks, sends, receives, results }: PeerPlan): unknown {
  const encoded = tasks.map(({ graph, ...task }) => ({ graph: encodeGraph(graph), ...task }));
  return { tasks: encoded, sends, receives, results };
}

/** A plan out of any text: graphs are verified, everything is bounded. Faults `decode/...`, `ir/...`, `graph/...`. */
export function decodePlan(text: string): PeerPlan {
  return decodeJson(aPlan, text, mostPlan);
}
