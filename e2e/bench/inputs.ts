import type { Tensor, TensorGlobals } from "@tilebook/tensor";

/** A case as the harness says it (`peers/page/cases.js`): an op, and sizes by name. */
export interface Spec {
  readonly id: string;
  readonly op: string;
  readonly [size: string]: string | number | boolean;
}

/** The harness's data, flat, by name. */
export type Inputs = Readonly<Record<string, Float32Array | Uint8Array>>;

/** Shapes of each op's inputs, by the names of the case's sizes. "B?" is left out where the case has no B; "3*H*D" is a product. */
const shapes: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  matmul: { a: ["B?", "M", "K"], b: ["B?", "K", "N"] },
  softmax: { x: ["R", "C"] },
  layernorm: { x: ["R", "C"], g: ["C"], b: ["C"] },
  attention: { q: ["S", "H", "D"], k: ["S", "Hkv", "D"], v: ["S", "Hkv", "D"] },
  matmul4: { x: ["M", "K"], packed: ["N", "K"], scales: ["N", "K/block"] },
  moe: { x: ["T", "H"], logits: ["T", "E"], w1: ["E", "H", "F"], w2: ["E", "F", "H"] },
  moe4: {
    x: ["T", "H"],
    logits: ["T", "E"],
    p1: ["E", "2*F", "H"],
    s1: ["E", "2*F", "H/block"],
    p2: ["E", "H", "F"],
    s2: ["E", "H", "F/block"],
  },
  geluchain: { x: ["n"] },
  sum: { x: ["n"] },
  block: {
    x: ["S", "H*D"],
    g1: ["H*D"],
    b1: ["H*D"],
    wqkv: ["H*D", "3*H*D"],
    wo: ["H*D", "H*D"],
    g2: ["H*D"],
    b2: ["H*D"],
    wf1: ["H*D", "F"],
    bf1: ["F"],
    wf2: ["F", "H*D"],
    bf2: ["H*D"],
  },
};

/** The case's inputs as a cell above it would have made them. */
export function inputsOf(
  { tensor }: Pick<TensorGlobals, "tensor">,
  spec: Spec,
  inputs: Inputs,
): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(
    Object.entries(shapes[spec.op] ?? {}).map(([name, sizes]) => {
      const data = inputs[name] ?? [];
      const shape = shapeOf(spec, sizes);
      const packed = data instanceof Uint8Array;
      return [name, packed ? tensor(nibblesOf(data), { shape, dtype: "u4" }) : tensor(data, { shape })];
    }),
  );
}

function shapeOf(spec: Spec, sizes: readonly string[]): readonly number[] {
  const named = (name: string): number => Number(spec[name] ?? name);
  const product = (names: string): number => names.split("*").reduce((size, name) => size * named(name), 1);
  return sizes
    .filter((size) => !size.endsWith("?") || spec[size.slice(0, -1)] !== undefined)
    .map((size) => {
      const [whole = "", part] = size.replace("?", "").split("/");
      return part === undefined ? product(whole) : product(whole) / named(part);
    });
}

/** The numbers of packed u4, the low half of a byte first. */
export function nibblesOf(bytes: Uint8Array): Uint8Array {
  const numbers = new Uint8Array(2 * bytes.length);
  // A loop over entries() would take most of a first result's time.
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    numbers[2 * at] = byte & 15;
    numbers[2 * at + 1] = byte >> 4;
  }
  return numbers;
}
