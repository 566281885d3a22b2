import type { Clock } from "@tilebook/base";
import type { Link } from "../transport/link.ts";
import { Priority } from "../transport/outbox.ts";
import type { Header } from "./headers.ts";

const pieceBytes = 16 * 1024;
/** Of one link, and of all links of a peer together. */
const mostBytes = 256 * 1024;
const mostOfAll = 2 ** 20;
/** Milliseconds in which pieces are begun; those on their way are waited for, for so long. */
const beginMs = 200;
const patience = 2_000;

/**
 * Sends a little over these links, over all of them at once, so that how fast they are is seen (`Link.delivery`) before anybody needs it: at most 1 MB, for a
 * fifth of a second. Each piece that has arrived is followed by two, so a slow link is not filled for long.
 */
export async function probe(links: readonly Link[], clock: Clock): Promise<void> {
  const each = Math.floor(Math.min(mostBytes, mostOfAll / Math.max(1, links.length)) / pieceBytes);
  const until = clock.now() + beginMs;
  const all = Promise.allSettled(links.map((link) => probeOne(link, each, () => clock.now() < until)));
  await new Promise<void>((resolve) => {
    const cancel = clock.after(patience, resolve);
    void all.then(() => (cancel(), resolve()));
  });
}

async function probeOne(link: Link, pieces: number, more: () => boolean): Promise<void> {
  let left = pieces;
  const header: Header = { kind: "probe" };
  const send = async (): Promise<void> => {
    if (left === 0 || !more()) return;
    left -= 1;
    await link.send(header, new Uint8Array(pieceBytes), { priority: Priority.prefetch });
    await Promise.all([send(), send()]);
  };
  await Promise.all([send(), send()]);
}
