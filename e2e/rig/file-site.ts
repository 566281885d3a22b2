import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a site gives a file: as it should, or as sites do that one meets. */
export type Manner = "parts" | "no parts" | "changes" | "ends parts" | "breaks off" | "hangs";

export interface FileSite {
  /** Where the page itself is: files are of its own site, so that no certificate is needed. */
  readonly url: string;
  /** What was asked for, of files: the range, or nothing. */
  readonly asked: string[];
  /** Requests for files that the page ended. */
  readonly ended: () => number;
  close(): void;
}

/**
 * Serves the page of `site`, and `/files/<manner>/<name>`: these bytes, followed by zeros up to `size`. Sites of a bad manner are good
 * until the first 256 KiB were read.
 */
export async function startFileSite(site: string, bytes: Uint8Array, size: number): Promise<FileSite> {
  const asked: string[] = [];
  let ended = 0;
  const server = createServer((request, response) => {
    const [, manner] = /^\/files\/([\w%]+)\//.exec(request.url ?? "") ?? [];
    if (manner === undefined) return void passOn(new URL(request.url ?? "", site), response);
    const { range } = request.headers;
    asked.push(range ?? "");
    response.on("close", () => (ended += response.writableFinished ? 0 : 1));
    give(response, { manner: decodeURIComponent(manner) as Manner, range, bytes, size });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    asked,
    ended: () => ended,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Asked {
  readonly manner: Manner;
  readonly range: string | undefined;
  readonly bytes: Uint8Array;
  readonly size: number;
}

function give(response: ServerResponse, { manner, range, bytes, size }: Asked): void {
  const [, first = "0", last = ""] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
  const [from, to] = [Number(first), last === "" ? size : Number(last) + 1];
  const isLater = from >= 2 ** 18;
  if (manner === "no parts" || range === undefined || (isLater && manner === "ends parts")) {
    response.writeHead(200, { "Content-Length": size, ETag: '"1"' });
    return send(response, bytes, 0, size);
  }
  response.writeHead(206, {
    "Content-Length": to - from,
    "Content-Range": `bytes ${from}-${to - 1}/${size}`,
    ETag: isLater && manner === "changes" ? '"2"' : '"1"',
  });
  if (!isLater || manner === "parts" || manner === "changes") return send(response, bytes, from, to);
  response.write(new Uint8Array(1000));
  if (manner === "breaks off") setTimeout(() => response.destroy(), 100);
}

/** As fast as it is taken. */
function send(response: ServerResponse, bytes: Uint8Array, from: number, to: number): void {
  if (from >= to) return void response.end();
  const end = Math.min(to, from + 2 ** 20);
  const chunk = new Uint8Array(end - from);
  chunk.set(bytes.subarray(from, end));
  if (response.destroyed) return;
  if (response.write(chunk)) setImmediate(() => send(response, bytes, end, to));
  else response.once("drain", () => send(response, bytes, end, to));
}

async function passOn(address: URL, response: ServerResponse): Promise<void> {
  const answer = await fetch(address);
  const headers = [...answer.headers].filter(
    ([name]) => !/^(?:content-encoding|content-length|transfer)/.test(name),
  );
  response.writeHead(answer.status, Object.fromEntries(headers));
  response.end(new Uint8Array(await answer.arrayBuffer()));
}
