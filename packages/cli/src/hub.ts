import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { Fault } from "@tilebook/base";
import { Board, Hub, hubCertificate, TurnServer } from "@tilebook/hub";
import { hubCode } from "@tilebook/mesh/hub";
import type { HubCommand } from "./arguments.ts";

/** Runs a hub until it is interrupted, and prints the code by which rooms reach it. */
export async function hub({ port, host }: HubCommand, root: string): Promise<number> {
  const started = await startHub(root, { host: host ?? addressHere(), port });
  const { address } = started;
  process.stdout.write(
    `\n  A hub is at ${address.host}, UDP port ${address.port}. Its code, for "Ways to meet" in the panel of a room:\n\n  ${hubCode(address)}\n\n  Ctrl+C stops it.\n`,
  );
  await interrupted();
  started.close();
  return 0;
}

export interface StartedHub {
  readonly address: Hub["address"];
  /** To be shared with a relay, so that pages of either kind meet. */
  readonly board: Board;
  close(): void;
}

/**
 * A hub, and a switch for devices that do not see each other (UDP, the port after the hub's if that is free). Its certificate is kept beside this program, so that its
 * code is the same the next time, on the same port.
 */
export async function startHub(
  root: string,
  at: { readonly host: string; readonly port: number },
): Promise<StartedHub> {
  const certificate = await hubCertificate(join(root, "node_modules", ".cache", "tilebook-hub"));
  const turn = await startTurn(at.host, at.port === 0 ? 0 : at.port + 1);
  const board = new Board(turn);
  const started = await Hub.start({ ...at, certificate, board }).catch((error: unknown) => {
    turn.close();
    throw error;
  });
  const close = (): void => {
    started.close();
    turn.close();
  };
  return { address: started.address, board, close };
}

/** No link names its port, so it may be any. */
async function startTurn(host: string, port: number): Promise<TurnServer> {
  return TurnServer.start(host, port).catch(() => TurnServer.start(host, 0));
}

export function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

/** This machine's address in its network: the first that is not only its own. */
export function addressHere(): string {
  const all = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  const found = all.find(({ family, internal }) => family === "IPv4" && !internal);
  if (found === undefined)
    throw new Fault("cli/no-network", "this machine is in no network", { hint: "leave out --lan" });
  return found.address;
}
