import { join } from "node:path";
import { Fault } from "@tilebook/base";
import { Board, Hub, type HubCertificate, hubCertificate, TurnServer } from "@tilebook/hub";
import { hubCode } from "@tilebook/mesh/hub";
import { addressesHere, addressHere, otherAddresses } from "./addresses.ts";
import type { HubCommand } from "./arguments.ts";

/** Runs a hub until it is interrupted, and prints the code by which rooms reach it. */
export async function hub({ port, host }: HubCommand, root: string): Promise<number> {
  const started = await startHub(root, { host: host ?? addressHere(), port });
  const { address } = started;
  const others = host === undefined ? otherAddresses(address.host) : "";
  process.stdout.write(
    `\n  A hub is at ${address.host}. Its code, for "Ways to meet" in the panel of a room:\n\n  ${hubCode(address)}\n\n  ${portsOf(started)}\n${others}  Ctrl+C stops it.\n`,
  );
  await interrupted();
  started.close();
  return 0;
}

export interface StartedHub {
  readonly address: Hub["address"];
  /** Of UDP, for what cannot go directly. */
  readonly switchPort: number;
  /** To be shared with a relay, so that pages of either kind meet. */
  readonly board: Board;
  close(): void;
}

/** What a firewall has to let in. */
export function portsOf({ address, switchPort }: StartedHub): string {
  return `It takes the UDP ports ${address.port}, to meet, and ${switchPort}, for devices that do not see each other.`;
}

interface HubPlace {
  readonly host: string;
  readonly port: number;
}

/**
 * A hub, and a switch for devices that do not see each other (UDP, the port after the hub's if that is free). Its certificate is kept beside this program, so that its
 * code is the same the next time, on the same port. Of `tries` ports from this one on it takes the first that is free. Fault `hub/port` says why there is none.
 */
export async function startHub(root: string, at: HubPlace, tries = 1): Promise<StartedHub> {
  const certificate = await hubCertificate(join(root, "node_modules", ".cache", "tilebook-hub"));
  for (let port = at.port; ; port++) {
    try {
      return await openHub(certificate, { ...at, port });
    } catch (error) {
      const isLast = port + 1 >= at.port + tries || port === lastPort;
      if (codeOf(error) !== "EADDRINUSE" || isLast) throw whyClosed(error, at);
    }
  }
}

async function openHub(certificate: HubCertificate, at: HubPlace): Promise<StartedHub> {
  const turn = await startTurn(at.host, at.port === 0 || at.port === lastPort ? 0 : at.port + 1);
  const board = new Board(turn);
  const started = await Hub.start({ ...at, certificate, board }).catch((error: unknown) => {
    turn.close();
    throw error;
  });
  const close = (): void => {
    started.close();
    turn.close();
  };
  const switchPort = Number(/:(\d+)\?/u.exec(turn.url)?.[1]);
  return { address: started.address, switchPort, board, close };
}

/** No link names its port, so it may be any. */
async function startTurn(host: string, port: number): Promise<TurnServer> {
  return TurnServer.start(host, port).catch(() => TurnServer.start(host, 0));
}

/** What the system said of a port, as `EADDRINUSE`. */
function codeOf(error: unknown): unknown {
  const cause: unknown = error instanceof Fault ? error.cause : undefined;
  return cause instanceof Error && "code" in cause ? cause.code : undefined;
}

/** The same, for people. */
function whyClosed(cause: unknown, { host, port }: HubPlace): unknown {
  const fault = (message: string, hint: string): Fault => new Fault("hub/port", message, { hint, cause });
  switch (codeOf(cause)) {
    case "EADDRINUSE":
      return fault(
        `UDP port ${port} of ${host} is taken, perhaps by another hub`,
        "end that one, or take another by --port; 0 is any that is free",
      );
    case "EADDRNOTAVAIL":
      return fault(
        `${host} is no address of this machine`,
        `--host takes one of its own: ${[...addressesHere(), "127.0.0.1"].join(", ")}`,
      );
    case "EACCES":
      return fault(
        `this program may not open UDP port ${port} of ${host}`,
        "take one from 1024 on by --port",
      );
    default:
      return cause;
  }
}

export function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

const lastPort = 65_535;
