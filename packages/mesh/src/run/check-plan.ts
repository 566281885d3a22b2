import { Fault } from "@tilebook/base";
import { sameType, type TensorType } from "@tilebook/ir";
import { inputsOf, type PeerPlan } from "../sbp/peer-plan.ts";

/**
 * That every value of a plan is written once, before it is read, and has the type that its reader says. Fault `mesh/plan`.
 * @param given The type of a tensor that is there from the start.
 */
export function checkPlan(plan: PeerPlan, given: (name: string) => TensorType | undefined): void {
  const types = new Map<string, TensorType>();
  const write = (name: string, type: TensorType): void => {
    if (types.has(name)) throw wrong(`the value ${name} is written twice`);
    types.set(name, type);
  };
  for (const { value, type } of plan.receives) write(value, type);
  for (const { graph, outputs } of plan.tasks) {
    for (const { tensor, type } of inputsOf(graph)) {
      const known = types.get(tensor) ?? given(tensor);
      if (known === undefined || !sameType(known, type)) throw wrong(`no value ${tensor} of that type`);
    }
    outputs.forEach((name, place) => {
      const type = graph.nodes[graph.outputs[place] ?? -1]?.type;
      if (type === undefined) throw wrong(`the value ${name} is no output`);
      write(name, type);
    });
  }
  const left = [...plan.sends.map(({ value }) => value), ...plan.results];
  for (const name of left) if (!types.has(name) && given(name) === undefined) throw wrong(`no value ${name}`);
}

function wrong(what: string): Fault {
  return new Fault("mesh/plan", `a plan is refused: ${what}`);
}
