import {
  aBoolean,
  aNumber,
  anArray,
  anInteger,
  anObject,
  aString,
  type Decoder,
  Fault,
  oneOf,
  optional,
  tagged,
} from "@tilebook/base";
import { aTensorType, type TensorType } from "@tilebook/ir";
import type { LinkWish, MeshLog, MeshReport, MeshWish } from "@tilebook/tensor";
import { aHandle, limits } from "./common.ts";

/** A tensor of this device, for a run on a mesh. */
export interface GivenTensor {
  readonly tensor: string;
  readonly of: TensorType;
  readonly bytes: Uint8Array;
}

/** A graph (JSON) for a mesh. Its inputs lie there, were given before, or are given now. */
export interface MeshRun {
  readonly kind: "run";
  readonly mesh: string;
  readonly graph: string;
  readonly given: readonly GivenTensor[];
  /** What the outputs are to be called. */
  readonly outputs: readonly string[];
}

/** What cells ask of other devices. */
export type MeshAsk =
  | { readonly kind: "open"; readonly wanted?: MeshWish }
  | MeshRun
  | { readonly kind: "read"; readonly tensor: string }
  | { readonly kind: "link"; readonly mesh: string; readonly wish: LinkWish }
  | { readonly kind: "log"; readonly mesh: string; readonly watch: boolean };

export type MeshAnswer =
  | { readonly kind: "open"; readonly report: MeshReport }
  | { readonly kind: "done" }
  | { readonly kind: "read"; readonly bytes: Uint8Array }
  | { readonly kind: "log"; readonly log: MeshLog };

/** Most characters of a graph, most bytes of a tensor. */
const mostGraph = 2 ** 26;
const mostBytes = 2 ** 31;
const mostRanks = 64;

const someBytes: Decoder<Uint8Array> = (value, path) => {
  if (value instanceof Uint8Array && value.length <= mostBytes) return value;
  throw new Fault("decode/type", `${path} must be bytes`);
};

const aWish: Decoder<MeshWish> = (value, path) =>
  typeof value === "number"
    ? anInteger(1, mostRanks)(value, path)
    : anArray(aString(100), mostRanks)(value, path);

const aMesh: Decoder<string> = aString(64);

const aPair: Decoder<readonly [number, number]> = (value, path) => {
  const [from, to] = anArray(anInteger(0, mostRanks), 2)(value, path);
  if (from !== undefined && to !== undefined) return [from, to];
  throw new Fault("decode/type", `${path} must be two ranks`);
};

export const aMeshAsk: Decoder<MeshAsk> = tagged("kind", {
  open: anObject({ wanted: optional(aWish) }),
  run: anObject({
    mesh: aMesh,
    graph: aString(mostGraph),
    given: anArray(anObject({ tensor: aHandle, of: aTensorType, bytes: someBytes }), limits.tensors),
    outputs: anArray(aHandle, limits.tensors),
  }),
  read: anObject({ tensor: aHandle }),
  link: anObject({
    mesh: aMesh,
    wish: anObject({
      mbps: optional(aNumber),
      ms: optional(aNumber),
      loss: optional(aNumber),
      between: optional(anArray(aPair, mostRanks ** 2)),
      collectives: optional(oneOf("direct", "ring", "tree")),
    }),
  }),
  log: anObject({ mesh: aMesh, watch: aBoolean }),
});
