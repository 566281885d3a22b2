import type { Tensor, TensorGlobals } from "@tilebook/tensor";

/** A case as the harness says it (`peers/page/cases.js`): an op, and sizes by name. */
export interface Spec {
  readonly id: string;
  readonly op: string;
  readonly [size: string]: string | number | boolean;
}

/** The harness's data, flat, by name. */
export type Inputs = Readonly<Record<string, Float32Array | Uint8Array>>;

/** Sizes of an input, by the names of the case's sizes; B is left out where the case has none. */
const shapes: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  matmul: { a: ["B", "M", "K"], b: ["B", "K", "N"] },
};

/** The case's inputs as a cell above it would have made them. */
export function inputsOf(
  { tensor }: Pick<TensorGlobals, "tensor">,
  spec: Spec,
  inputs: Inputs,
): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(
    Object.entries(shapes[spec.op] ?? {}).map(([name, sizes]) => {
      const shape = sizes.flatMap((size) => (spec[size] === undefined ? [] : [Number(spec[size])]));
      return [name, tensor(inputs[name] ?? [], { shape })];
    }),
  );
}
