import { type KernelMessage, messageLayout } from "@tilebook/compiler";
import { assertFault } from "@tilebook/interp";
import { readBack } from "./readback.ts";
import type { Session } from "./session.ts";

/** The head of a message buffer and the records that were written: what was not is not read back. */
export async function readMessageWords(session: Session, buffer: GPUBuffer): Promise<Uint32Array> {
  const { headWords, recordWords, mostRecords } = messageLayout;
  const head = await readBack(session, buffer, { start: 0, end: 4 * headWords });
  const wanted = new Uint32Array(head.buffer)[0] ?? 0;
  const words = headWords + recordWords * Math.min(wanted, mostRecords);
  if (wanted === 0) return new Uint32Array(head.buffer);
  return new Uint32Array((await readBack(session, buffer, { start: 0, end: 4 * words })).buffer);
}

/** Throws for the first assert that failed: that of the first program, and its first element. */
export function refuseFailed(messages: readonly KernelMessage[]): void {
  const failed = messages.find(({ site }) => site.kind === "assert");
  if (failed === undefined) return;
  const { site, program, elements } = failed;
  const { text, shape, span } = site;
  throw assertFault(text, { program, place: elements[0]?.place ?? 0, shape, span });
}
