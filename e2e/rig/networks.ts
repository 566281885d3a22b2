import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { chromiumPath } from "./chromium.ts";
import { chromiumFlags } from "./chromium-flags.ts";

/**
 * What an access point does with packets between its stations: passes all on, drops multicast (so that `.local` names are not found), or passes on nothing. Each station
 * reaches the access point, and what is wired to it.
 */
export type Network = "free" | "no multicast" | "stations apart";

const stations = ["a", "b"] as const;
export type Station = (typeof stations)[number];

/**
 * A small network in this machine: a bridge, whose address this process has, and a network namespace for each of two stations. Needs root, and `ip` (iproute2). Names say
 * which process they belong to; what one that has ended left behind is removed.
 */
export class Networks {
  /** Of this process in that network. */
  readonly host: string;
  readonly #bridge: string;
  readonly #subnet: string;

  constructor() {
    if (process.getuid?.() !== 0) throw new Error("network namespaces need root: sudo npm run e2e:net");
    removeLeftovers();
    this.#bridge = `tbn${process.pid}`;
    this.#subnet = `10.${77 + (process.pid % 100)}.${(process.pid >> 8) % 250}`;
    this.host = `${this.#subnet}.1`;
    ip("link", "add", this.#bridge, "type", "bridge");
    ip("addr", "add", `${this.host}/24`, "dev", this.#bridge);
    ip("link", "set", this.#bridge, "up");
    stations.forEach((station, at) => this.#add(station, `${this.#subnet}.${at + 2}`));
  }

  become(network: Network): void {
    const isolated = network === "stations apart" ? "on" : "off";
    const multicast = network === "no multicast" ? "off" : "on";
    for (const station of stations) {
      const port = ["dev", this.#name(station), "type", "bridge_slave"];
      ip("link", "set", ...port, "isolated", isolated, "mcast_flood", multicast);
    }
  }

  /** A browser that has no other network than that of its station. */
  launch(station: Station): Promise<Browser> {
    const script = join(mkdtempSync(join(tmpdir(), "tilebook-net-")), "chromium");
    writeFileSync(script, `#!/bin/sh\nexec ip netns exec ${this.#name(station)} ${chromiumPath()} "$@"\n`);
    chmodSync(script, 0o755);
    return chromium.launch({ executablePath: script, headless: true, args: [...chromiumFlags] });
  }

  close(): void {
    remove(process.pid);
  }

  #name(station: Station): string {
    return `${this.#bridge}${station}`;
  }

  #add(station: Station, address: string): void {
    const name = this.#name(station);
    const inside = (...words: readonly string[]): void => ip("-n", name, ...words);
    ip("netns", "add", name);
    ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name);
    ip("link", "set", name, "master", this.#bridge, "up");
    inside("addr", "add", `${address}/24`, "dev", "eth0");
    inside("link", "set", "lo", "up");
    inside("link", "set", "eth0", "up");
    // Browsers take the address that the way out has.
    inside("route", "add", "default", "via", this.host);
  }
}

function ip(...words: readonly string[]): void {
  const { status, stderr, error } = spawnSync("ip", words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${words.join(" ")}: ${error?.message ?? stderr.trim()}`);
}

function removeLeftovers(): void {
  const { stdout, error } = spawnSync("ip", ["-o", "link", "show", "type", "bridge"], { encoding: "utf8" });
  if (error !== undefined) throw new Error("network namespaces need `ip`: apt-get install iproute2");
  for (const [, pid = ""] of stdout.matchAll(/ tbn(\d+):/gu))
    if (!existsSync(`/proc/${pid}`)) remove(Number(pid));
}

/** Ends of a pair go with the namespace of either. */
function remove(pid: number): void {
  for (const station of stations) spawnSync("ip", ["netns", "del", `tbn${pid}${station}`]);
  spawnSync("ip", ["link", "del", `tbn${pid}`]);
}
