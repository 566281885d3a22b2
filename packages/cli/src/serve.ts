import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { Fault } from "@tilebook/base";
import { getCertificate } from "@vitejs/plugin-basic-ssl";
import { renderUnicodeCompact } from "uqr";
import type { ServeCommand } from "./arguments.ts";
import { Relay } from "./relay.ts";
import { buildSite, serveSite, serveSources, type Site } from "./site.ts";

/** Serves the notebook until it is interrupted, and prints where. */
export async function serve(command: ServeCommand, root: string): Promise<number> {
  const { port, dev, lan } = command;
  if (!dev) await buildSite(root, (line) => process.stdout.write(`${line}\n`));
  const relay = new Relay();
  const far = lan ? await serveNetwork(command, root, relay) : undefined;
  const near = { port, relay, address: far?.address };
  const site = await (dev ? serveSources(root, near) : serveSite(root, near));
  process.stdout.write(
    `\n  Tilebook is at ${site.url}\n${far === undefined ? "" : aboutNetwork(far)}  Ctrl+C stops it.\n`,
  );
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  relay.close();
  await Promise.all([site.close(), far?.site.close()]);
  return 0;
}

interface Network {
  readonly site: Site;
  /** What other devices open. */
  readonly address: string;
  /** Their browsers will say that nobody vouches for the certificate. */
  readonly selfSigned: boolean;
}

/** The same site for other devices: over https, since browsers give a page from elsewhere no GPU without. */
async function serveNetwork(
  { port, cert, key, dev }: ServeCommand,
  root: string,
  relay: Relay,
): Promise<Network> {
  if (dev) throw new Fault("cli/usage", "--lan serves the built page: leave out --dev");
  const host = addressHere();
  const own = cert !== undefined && key !== undefined;
  const pair = own ? await readPair(cert, key) : await makePair(root, host);
  const site = await serveSite(root, { port: port + 1, secure: pair, relay });
  const { port: taken } = new URL(site.url);
  return { site, address: `https://${host}:${taken}/`, selfSigned: !own };
}

function aboutNetwork({ address, selfSigned }: Network): string {
  const code = renderUnicodeCompact(address).replaceAll(/^/gmu, "  ");
  const warning = selfSigned
    ? "  Its certificate is made here, so browsers warn once: choose to go on, or give your own with --cert and --key.\n"
    : "";
  return `  Other devices of this network open ${address}\n${warning}\n${code}\n\n`;
}

async function readPair(cert: string, key: string): Promise<{ readonly cert: string; readonly key: string }> {
  try {
    return { cert: await readFile(cert, "utf8"), key: await readFile(key, "utf8") };
  } catch (cause) {
    throw new Fault("cli/no-file", "cannot read the certificate or its key", { cause });
  }
}

/** Kept for a month, so that a device that has gone on once is not asked again. */
async function makePair(
  root: string,
  host: string,
): Promise<{ readonly cert: string; readonly key: string }> {
  const folder = join(root, "node_modules", ".cache", "tilebook");
  const pem = await getCertificate(folder, "tilebook", ["localhost", host], 30);
  return { cert: pem, key: pem };
}

/** This machine's address in its network: the first that is not only its own. */
function addressHere(): string {
  const all = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  const found = all.find(({ family, internal }) => family === "IPv4" && !internal);
  if (found === undefined)
    throw new Fault("cli/no-network", "this machine is in no network", { hint: "leave out --lan" });
  return found.address;
}
