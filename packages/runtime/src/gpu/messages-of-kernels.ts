import {
  type Dispatch,
  type CompiledKernel,
  messageLayout,
  readMessages,
  usedWords,
} from "@tilebook/compiler";
import { assertFault } from "@tilebook/interp";
import type { LaunchMessages } from "../executor.ts";
import { FailedRun } from "../faults.ts";
import { readBack } from "./readback.ts";
import type { Session } from "./session.ts";

/** What launches printed, in their order. The first assert that failed ends the run, with all that was printed before. */
export class LaunchLog {
  readonly #session: Session;
  readonly #launches: LaunchMessages[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  get launches(): readonly LaunchMessages[] {
    return this.#launches;
  }

  /** Reads a launch's message buffer. */
  async read(buffer: GPUBuffer, kernel: CompiledKernel, grid: Dispatch["grid"]): Promise<void> {
    const words = await readMessageWords(this.#session, buffer);
    const { failed, ...said } = readMessages(words, kernel.sites, grid);
    this.#launches.push({ kernel: kernel.name, ...said });
    if (failed === undefined) return;
    const { site, program, place } = failed;
    throw new FailedRun(assertFault(site, { program, place, shape: site.shape }), this.#launches);
  }
}

/** The words of a message buffer that hold anything: what was not written is not read back. */
async function readMessageWords(session: Session, buffer: GPUBuffer): Promise<Uint32Array> {
  const head = await readBack(session, buffer, { start: 0, end: 4 * messageLayout.headWords });
  const words = new Uint32Array(head.buffer);
  const end = 4 * usedWords(words);
  if (end === head.byteLength) return words;
  return new Uint32Array((await readBack(session, buffer, { start: 0, end })).buffer);
}
