import { anArray, anInteger, anObject, aString, type Decoder, optional, tagged } from "@tilebook/base";
import type { TensorType } from "@tilebook/ir";
import { aTensorType } from "./tensor-type.ts";
import { aName, aRank, mostRanks } from "./plan-json.ts";

/** What a stream between workers is, told by its header. */
export type Header =
  /** Bytes of a tensor that the worker is to hold under a name, and may remember by their hash (`contentHash`). */
  | { readonly kind: "put"; readonly name: string; readonly type: TensorType; readonly hash?: string }
  /** Whether the worker still has bytes that came before. If it does, it holds them under a name, and its answer is true. */
  | { readonly kind: "have"; readonly name: string; readonly type: TensorType; readonly hash: string }
  /** A worker's part of a plan (JSON, `plan-json.ts`): the peers by rank, which of them it is, and the names that its results get. */
  | {
      readonly kind: "plan";
      readonly run: string;
      readonly ranks: readonly string[];
      readonly rank: number;
      readonly names: readonly string[];
      /** The number with which the events of the run are to come back, as a stream `told`. */
      readonly timeline?: number;
    }
  /** A value that rank `rank` sends in a run. */
  | {
      readonly kind: "value";
      readonly run: string;
      readonly name: string;
      readonly rank: number;
      readonly type: TensorType;
    }
  /** Asks for a tensor, which comes back as a stream `got` with the same number. */
  | { readonly kind: "get"; readonly name: string; readonly ask: number }
  | { readonly kind: "got"; readonly ask: number; readonly type: TensorType }
  /** Events of a run (JSON, `timeline.ts`). */
  | { readonly kind: "told"; readonly ask: number }
  /** Asks what the clock shows, which is the answer. */
  | { readonly kind: "clock" }
  /** Bytes that nobody needs, by which its sender sees how fast the link is. */
  | { readonly kind: "probe" }
  | { readonly kind: "free"; readonly names: readonly string[] }
  | { readonly kind: "stop"; readonly run: string };

export type HeaderOf<Kind extends Header["kind"]> = Extract<Header, { readonly kind: Kind }>;

const anAsk: Decoder<number> = anInteger(0, Number.MAX_SAFE_INTEGER);

const aHash: Decoder<string> = aString(43);

export const aHeader: Decoder<Header> = tagged("kind", {
  put: anObject({ name: aName, type: aTensorType, hash: optional(aHash) }),
  have: anObject({ name: aName, type: aTensorType, hash: aHash }),
  plan: anObject({
    run: aName,
    ranks: anArray(aString(100), mostRanks),
    rank: aRank,
    names: anArray(aName, 10_000),
    timeline: optional(anAsk),
  }),
  value: anObject({ run: aName, name: aName, rank: aRank, type: aTensorType }),
  get: anObject({ name: aName, ask: anAsk }),
  got: anObject({ ask: anAsk, type: aTensorType }),
  told: anObject({ ask: anAsk }),
  clock: anObject({}),
  probe: anObject({}),
  free: anObject({ names: anArray(aName, 10_000) }),
  stop: anObject({ run: aName }),
});
