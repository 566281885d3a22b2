import { type CompiledKernel, type KernelMessage, messageLayout } from "@tilebook/compiler";
import type { TileMessage } from "@tilebook/interp";
import { type TileOp, walkOps } from "@tilebook/ir";
import type { LaunchMessages } from "../executor.ts";

/** Collects what one launch prints, as much of it as a GPU's message buffer would hold. */
export class Heard {
  readonly #kernel: CompiledKernel;
  readonly #places = new Map<TileOp, number>();
  readonly #messages: KernelMessage[] = [];
  #records = 0;
  #dropped = 0;

  constructor(kernel: CompiledKernel) {
    this.#kernel = kernel;
    walkOps(kernel.tile.body, (op) => {
      if (op.kind === "print" || op.kind === "assert") this.#places.set(op, this.#places.size);
    });
  }

  add({ op, program, visit, elements }: TileMessage): void {
    const site = this.#kernel.sites[this.#places.get(op) ?? -1];
    const room = Math.max(0, messageLayout.mostRecords - this.#records);
    const kept = elements.slice(0, room);
    this.#records += kept.length;
    this.#dropped += elements.length - kept.length;
    if (site !== undefined && kept.length > 0) this.#messages.push({ site, program, visit, elements: kept });
  }

  all(): LaunchMessages {
    return { kernel: this.#kernel.name, messages: this.#messages, dropped: this.#dropped };
  }
}
