import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { Fault } from "@tilebook/base";

/** Interfaces of containers, of virtual machines and of tunnels: others of the network seldom reach this machine by them. */
const isVirtual = /^(?:docker|veth|br-|virbr|vmnet|vboxnet|tun|tap|utun|vethernet)/iu;

/** Addresses (IPv4) at which others may reach a machine with these interfaces, the likeliest first. */
export function addressesOf(
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): readonly string[] {
  const all = Object.entries(interfaces).flatMap(([name, some = []]) =>
    some
      .filter(({ family, internal }) => family === "IPv4" && !internal)
      .map(({ address }) => ({ address, rank: rankOf(name, address) })),
  );
  return all.toSorted((a, b) => a.rank - b.rank).map(({ address }) => address);
}

/** Those of this machine. */
export function addressesHere(): readonly string[] {
  return addressesOf(networkInterfaces());
}

/** This machine's address in its network. Fault `cli/no-network` where there is none. */
export function addressHere(): string {
  const [first] = addressesHere();
  if (first !== undefined) return first;
  throw new Fault("cli/no-network", "this machine is in no network", {
    hint: "connect it to one, or name an address of it by --host: with 127.0.0.1, pages of this machine only reach it",
  });
}

/** A line on what else `--host` could be, for people whose network it is not; empty where there is no choice. */
export function otherAddresses(host: string): string {
  const others = addressesHere().filter((address) => address !== host);
  return others.length === 0 ? "" : `  If devices do not reach it, try --host with ${others.join(" or ")}.\n`;
}

/** An address that a machine has given itself, since no server gave it one, is worth less than any other. */
function rankOf(name: string, address: string): number {
  if (address.startsWith("169.254.")) return 2;
  return isVirtual.test(name) ? 1 : 0;
}
