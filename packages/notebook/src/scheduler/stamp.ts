import { hashText } from "@tilebook/base";
import type { InputValue } from "../output.ts";
import type { LastRun } from "../state.ts";

/** All that decides what a run of a cell gives. */
export interface StampParts {
  readonly code: string;
  readonly version: number;
  readonly inputs: Readonly<Record<string, InputValue>>;
  readonly device: string;
  readonly read: LastRun["read"];
}

/** Equal parts, equal stamp: the value of one run can stand for that of the other. */
export function stampOf(parts: StampParts): string {
  const inputs = Object.entries(parts.inputs).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const read = parts.read
    .map(({ name, stamp }) => [name, stamp])
    .toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  return hashText(JSON.stringify([parts.code, parts.version, inputs, parts.device, read]));
}

export function sameInputs(
  a: Readonly<Record<string, InputValue>>,
  b: Readonly<Record<string, InputValue>>,
): boolean {
  return changedInput(a, b) === undefined;
}

/** The name of a control that is set differently. */
export function changedInput(
  a: Readonly<Record<string, InputValue>>,
  b: Readonly<Record<string, InputValue>>,
): string | undefined {
  return [...Object.keys(a), ...Object.keys(b)].find((name) => !Object.is(own(a, name), own(b, name)));
}

function own(inputs: Readonly<Record<string, InputValue>>, name: string): InputValue | undefined {
  return Object.hasOwn(inputs, name) ? inputs[name] : undefined;
}
