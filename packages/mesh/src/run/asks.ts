import { Fault } from "@tilebook/base";
import { tensorBytes } from "@tilebook/runtime";
import type { Accept, Sink } from "../transport/inbox.ts";
import { collect } from "./collect.ts";
import { aHeader } from "./headers.ts";
import { mostEvents } from "./timeline.ts";
import type { PeerId } from "./worker.ts";

interface Ask {
  readonly peer: PeerId;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (fault: Fault) => void;
}

/** What this peer has asked others for, until it comes: tensors, and events of runs. */
export class Asks {
  readonly #open = new Map<number, Ask>();
  #next = 1;

  open(peer: PeerId): { readonly ask: number; readonly got: Promise<Uint8Array> } {
    const ask = this.#next++;
    const got = new Promise<Uint8Array>((resolve, reject) => this.#open.set(ask, { peer, resolve, reject }));
    // Whoever asked may have heard of a fault before.
    got.catch(() => undefined);
    return { ask, got };
  }

  cancel(ask: number): void {
    this.#open.delete(ask);
  }

  /** Takes what was asked for, and leaves all else to `other`. */
  accept(peer: PeerId, other: Accept): Accept {
    return (opening) => {
      const said = aHeader(opening.header, "header");
      if (said.kind !== "got" && said.kind !== "told") return other(opening);
      const ask = this.#open.get(said.ask);
      const fits =
        said.kind === "got" ? tensorBytes(said.type) === opening.bytes : opening.bytes <= mostEvents;
      if (ask === undefined || ask.peer !== peer || !fits)
        throw new Fault("mesh/not-allowed", "nobody asked for this");
      return this.#sink(said.ask, ask, opening.bytes);
    };
  }

  #sink(id: number, { resolve, reject }: Ask, bytes: number): Sink {
    this.#open.delete(id);
    return collect(bytes, resolve, () =>
      reject(new Fault("mesh/closed", "what was asked for did not come whole")),
    );
  }
}
