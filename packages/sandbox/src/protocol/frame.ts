import { anInteger, anObject, aString, type Decoder, oneOf, tagged } from "@tilebook/base";

/** The words between the app page and the frame page. Ports for the workers travel as transferables. */

export type WorkerName = "cell" | "gpu";

/** The one window message: with the frame's port transferred. `nonce` comes back in `hello`. */
export interface Greeting {
  readonly type: "tilebook-sandbox";
  readonly nonce: string;
}

export type ToFrame =
  /** The text of each worker's runtime. Sent once, before the first start. */
  | { readonly type: "load"; readonly cell: string; readonly gpu: string }
  /**
   * Starts a worker, ending the one before; ports[0] is its line to the app page.
   * Starting the cell worker joins it to the GPU worker that runs then.
   */
  | { readonly type: "start"; readonly worker: WorkerName; readonly generation: number }
  /** Joins ports[0] to the GPU worker that runs, as it does the end of a cell worker's channel. */
  | { readonly type: "join"; readonly generation: number }
  | { readonly type: "end"; readonly worker: WorkerName }
  | { readonly type: "ping"; readonly beat: number };

export type FromFrame =
  | { readonly type: "hello"; readonly nonce: string }
  | { readonly type: "ended"; readonly worker: WorkerName; readonly generation: number }
  /** The worker's script could not start. */
  | {
      readonly type: "broken";
      readonly worker: WorkerName;
      readonly generation: number;
      readonly message: string;
    }
  | { readonly type: "pong"; readonly beat: number };

const worker = oneOf("cell", "gpu");
const generation = anInteger(0, 2 ** 31);

export const fromFrame: Decoder<FromFrame> = tagged("type", {
  hello: anObject({ nonce: aString(64) }),
  ended: anObject({ worker, generation }),
  broken: anObject({ worker, generation, message: aString(2000) }),
  pong: anObject({ beat: anInteger(0, 2 ** 31) }),
});
