import { Fault, faultData } from "@tilebook/base";
import type { FromCell, ToCell } from "../protocol/cell.ts";
import type { MeshAnswer, MeshAsk } from "../protocol/mesh.ts";
import type { MeshService } from "../sandbox.ts";

type Asked = Extract<FromCell, { readonly type: "mesh" }>;

/** Has other devices do what the cell worker asks of them. */
export class MeshDesk {
  readonly #service: MeshService | undefined;
  readonly #send: (message: ToCell) => void;
  readonly #asked = new Map<number, AbortController>();

  constructor(service: MeshService | undefined, send: (message: ToCell) => void) {
    this.#service = service;
    this.#send = send;
  }

  async serve({ id, ask }: Asked): Promise<void> {
    const stop = new AbortController();
    this.#asked.set(id, stop);
    const said = await this.#answer(ask, stop.signal).then(
      (answer): ToCell => ({ type: "meshed", id, answer }),
      (error: unknown): ToCell => ({ type: "unmeshed", id, fault: faultData(error) }),
    );
    if (stop.signal.aborted) return;
    this.#asked.delete(id);
    this.#send(said);
  }

  /** Nobody waits for it any more. */
  end(id: number): void {
    this.#asked.get(id)?.abort();
    this.#asked.delete(id);
  }

  /** The worker that asked is gone. The next one counts from the beginning. */
  endAll(): void {
    for (const id of this.#asked.keys()) this.end(id);
  }

  free(tensors: readonly string[]): void {
    this.#service?.free(tensors);
  }

  /** Of all tensors on meshes, only these are wanted. */
  retain(tensors: readonly string[]): void {
    this.#service?.retain(tensors);
  }

  async #answer(ask: MeshAsk, signal: AbortSignal): Promise<MeshAnswer> {
    const service = this.#service;
    if (service === undefined) throw new Fault("mesh/none", "there is no way to other devices here");
    switch (ask.kind) {
      case "open":
        return { kind: "open", report: await service.open(ask.wanted, signal) };
      case "run":
        await service.run(ask, signal);
        return { kind: "done" };
      case "read":
        return { kind: "read", bytes: await service.read(ask.tensor) };
      case "link":
        await service.link(ask.mesh, ask.wish);
        return { kind: "done" };
      case "log":
        return { kind: "log", log: await service.log(ask.mesh, ask.watch) };
    }
  }
}
