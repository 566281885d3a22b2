import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Fault } from "@tilebook/base";
import { Relay } from "@tilebook/hub";
import { hubCode } from "@tilebook/mesh/hub";
import { getCertificate } from "@vitejs/plugin-basic-ssl";
import { renderUnicodeCompact } from "uqr";
import { addressHere, otherAddresses } from "./addresses.ts";
import type { ServeCommand } from "./arguments.ts";
import { interrupted, portsOf, startHub, type StartedHub } from "./hub.ts";
import { buildSite, serveSite, serveSources } from "./site.ts";

/** The hub of a site takes one of so many ports, should the first be another one's: pages find it by the site. */
const hubPorts = 20;

/** Serves the notebook until it is interrupted, and prints where. */
export async function serve(command: ServeCommand, root: string): Promise<number> {
  const { port, dev, lan } = command;
  if (!dev) await buildSite(root, (line) => process.stdout.write(`${line}\n`));
  const far = lan ? await serveNetwork(command, root) : undefined;
  const relay = new Relay(far?.hub.board);
  const near = { port, relay, facts: { address: far?.address, hub: far && hubCode(far.hub.address) } };
  const site = await (dev ? serveSources(root, near) : serveSite(root, near));
  process.stdout.write(
    `\n  Tilebook is at ${site.url}\n${far === undefined ? "" : aboutNetwork(far, command)}  Ctrl+C stops it.\n`,
  );
  await interrupted();
  relay.close();
  await Promise.all([site.close(), far?.close()]);
  return 0;
}

interface Network {
  readonly hub: StartedHub;
  /** What other devices open. */
  readonly address: string;
  /** Their browsers will say that nobody vouches for the certificate. */
  readonly selfSigned: boolean;
  close(): Promise<void>;
}

/** The same site for other devices, over https, since browsers give a page from elsewhere no GPU without; and a hub, for pages of other sites. */
async function serveNetwork(command: ServeCommand, root: string): Promise<Network> {
  const { cert, key, host = addressHere() } = command;
  if (command.dev) throw new Fault("cli/usage", "--lan serves the built page: leave out --dev");
  const port = command.port === 0 ? 0 : command.port + 1;
  const own = cert !== undefined && key !== undefined;
  const pair = own ? await readPair(cert, key) : await makePair(root, host);
  const hub = await startHub(root, { host, port }, hubPorts);
  const relay = new Relay(hub.board);
  const facts = { hub: hubCode(hub.address) };
  const site = await serveSite(root, { port, secure: pair, relay, facts });
  const { port: taken } = new URL(site.url);
  const close = async (): Promise<void> => {
    relay.close();
    hub.close();
    await site.close();
  };
  return { hub, address: `https://${host}:${taken}/`, selfSigned: !own, close };
}

function aboutNetwork({ address, selfSigned, hub }: Network, { host }: ServeCommand): string {
  const code = renderUnicodeCompact(address).replaceAll(/^/gmu, "  ");
  const warning = selfSigned
    ? "  Its certificate is made here, so browsers warn once: choose to go on, or give your own with --cert and --key.\n"
    : "";
  const others = host === undefined ? otherAddresses(hub.address.host) : "";
  const more = `  Pages of other sites meet here by its hub: ${hubCode(hub.address)}\n  ${portsOf(hub)}\n`;
  return `  Other devices of this network open ${address}\n${warning}${others}${more}\n${code}\n\n`;
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
