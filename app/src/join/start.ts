import { faultData } from "@tilebook/base";
import { keyWords } from "@tilebook/mesh/link";
import { findGpu, findMemory } from "./checks.ts";
import { acquaintance, knownHosts } from "./known-hosts.ts";
import { openedBy, takeFragment } from "./opened-link.ts";
import type { Joined } from "./session.ts";
import { noFigures, store } from "./store.ts";

let joined: Promise<Joined> | undefined;

/** Reads the link and looks at the device. Nothing of the host is loaded by that, and nobody hears of it. */
export function startJoining(): void {
  readLink();
  // Another link was put into the address of this tab.
  addEventListener("hashchange", () => location.reload());
  void findGpu().then((gpu) => store.setState(({ checks }) => ({ checks: { ...checks, gpu } })));
  void findMemory(store.getState().memory).then((memory) =>
    store.setState(({ checks }) => ({ checks: { ...checks, memory } })),
  );
}

function readLink(): void {
  const opened = openedBy(takeFragment());
  if (opened.kind !== "link") return store.setState({ opened });
  const { room } = opened.link;
  const before = acquaintance(knownHosts(), room);
  store.setState({ opened: { ...opened, words: keyWords(room), before } });
}

/** The person has consented: now, and not before, the rest is loaded. */
export async function join(): Promise<void> {
  const { opened } = store.getState();
  if (opened.kind !== "link" || joined !== undefined) return;
  store.setState({
    stage: "joining",
    room: { kind: "meeting" },
    device: { kind: "opening" },
    paused: [],
    slowed: {},
    figures: noFigures,
    pulse: [],
  });
  scrollTo(0, 0);
  joined = import("./session.ts").then((module) => module.openSession(opened.link));
  try {
    await joined;
    store.setState({ stage: "joined" });
  } catch (error) {
    joined = undefined;
    store.setState({ stage: "failed", room: { kind: "lost", fault: faultData(error) } });
  }
}

export async function leave(): Promise<void> {
  const session = await joined?.catch(() => undefined);
  joined = undefined;
  session?.leave();
}

export async function pause(on: boolean): Promise<void> {
  (await joined)?.pause(on);
}
