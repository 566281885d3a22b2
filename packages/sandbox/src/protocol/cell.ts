import {
  aBoolean,
  anArray,
  anInteger,
  anObject,
  aNumber,
  aSpan,
  aString,
  type Decoder,
  type FaultData,
  oneOf,
  optional,
  tagged,
} from "@tilebook/base";
import type { CellAnalysis } from "@tilebook/lang";
import { decodeOutput, type InputValue, type Output } from "@tilebook/notebook";
import type { NaNOrigin } from "@tilebook/tensor";
import type { ChosenFile } from "../sandbox.ts";
import { aFault, aHandle, anId, aName, aRun, limits } from "./common.ts";
import { aMeshAsk, type MeshAnswer, type MeshAsk } from "./mesh.ts";

/** The words between the app page and the cell worker. */

export type ToCell =
  | {
      readonly type: "run";
      readonly kind: "ts" | "wgsl";
      readonly run: number;
      readonly cell: string;
      readonly text: string;
      readonly analysis: CellAnalysis;
      readonly inputs: Readonly<Record<string, InputValue>>;
      /** Of the names it defines, those that other cells use. */
      readonly readElsewhere: readonly string[];
    }
  | { readonly type: "abort"; readonly run: number }
  | { readonly type: "supersede"; readonly run: number }
  | { readonly type: "forget"; readonly cell: string }
  | { readonly type: "asset"; readonly id: number; readonly bytes: Uint8Array }
  /** A file that the person chose. Without a blob its parts are asked for. */
  | ({ readonly type: "chosen"; readonly id: number } & ChosenFile)
  | { readonly type: "assetProgress"; readonly id: number; readonly done: number; readonly total: number }
  | { readonly type: "noAsset"; readonly id: number; readonly fault: FaultData }
  | { readonly type: "meshed"; readonly id: number; readonly answer: MeshAnswer }
  | { readonly type: "unmeshed"; readonly id: number; readonly fault: FaultData }
  | { readonly type: "seekNaN"; readonly id: number; readonly tensor: string }
  | { readonly type: "endSeek"; readonly id: number };

export type FromCell =
  | { readonly type: "ready" }
  | { readonly type: "started"; readonly run: number }
  | { readonly type: "output"; readonly run: number; readonly index: number; readonly output: Output }
  | Finished
  | { readonly type: "failed"; readonly run: number; readonly fault: FaultData }
  /** The run ended because it was asked to, or because it was superseded and listened. */
  | { readonly type: "stopped"; readonly run: number }
  | { readonly type: "yielded"; readonly run: number }
  | { readonly type: "asset"; readonly id: number; readonly name: string }
  | FilePart
  /** Nobody waits for it any more. */
  | { readonly type: "endAsset"; readonly id: number }
  /** Answered by `meshed` or `unmeshed`. */
  | { readonly type: "mesh"; readonly id: number; readonly ask: MeshAsk }
  /** Nobody waits for it any more. */
  | { readonly type: "endMesh"; readonly id: number }
  | { readonly type: "freeMesh"; readonly tensors: readonly string[] }
  | { readonly type: "seekingNaN"; readonly id: number; readonly done: number; readonly total: number }
  | { readonly type: "nanFound"; readonly id: number; readonly origin: NaNOrigin }
  | { readonly type: "nanLost"; readonly id: number; readonly fault: FaultData };

export interface Finished {
  readonly type: "finished";
  readonly run: number;
  readonly milliseconds: number;
  /** Most bytes of tensors that were alive at one moment of the run. */
  readonly bytes: number;
  /** How many names it gave to others. */
  readonly defines: number;
  /** True when all its values can be given to the next cell worker, steps aside. */
  readonly kept: boolean;
  /** Names of tensors that were fused into what follows, and not stored. They are not kept. */
  readonly steps: readonly string[];
  /** The tensors its values and outputs refer to. */
  readonly tensors: readonly string[];
}

/** Asks for the bytes from `from` up to `to` of a file that the person chose. */
export interface FilePart {
  readonly type: "part";
  readonly id: number;
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

const count = anInteger(0, Number.MAX_SAFE_INTEGER);
const places = anArray(count, 16);

const anOrigin: Decoder<NaNOrigin> = anObject({
  kind: oneOf("made", "data", "forgotten", "device"),
  made: aString(2_000),
  place: places,
  shape: places,
  seen: places,
  span: optional(aSpan),
});

export const fromCell: Decoder<FromCell> = tagged("type", {
  ready: anObject({}),
  started: anObject({ run: aRun }),
  output: anObject({ run: aRun, index: anInteger(0, limits.outputs), output: decodeOutput }),
  finished: anObject({
    run: aRun,
    milliseconds: aNumber,
    bytes: aNumber,
    defines: anInteger(0, limits.names),
    kept: aBoolean,
    steps: anArray(aName, limits.names),
    tensors: anArray(aHandle, limits.tensors),
  }),
  failed: anObject({ run: aRun, fault: aFault }),
  stopped: anObject({ run: aRun }),
  yielded: anObject({ run: aRun }),
  asset: anObject({ id: anId, name: aName }),
  part: anObject({ id: anId, name: aName, from: count, to: count }),
  endAsset: anObject({ id: anId }),
  mesh: anObject({ id: anId, ask: aMeshAsk }),
  endMesh: anObject({ id: anId }),
  freeMesh: anObject({ tensors: anArray(aHandle, limits.tensors) }),
  seekingNaN: anObject({ id: anId, done: count, total: count }),
  nanFound: anObject({ id: anId, origin: anOrigin }),
  nanLost: anObject({ id: anId, fault: aFault }),
});
