import { type Fault, faultData, realClock } from "@tilebook/base";
import { type Accept, BudgetedDevice, type Link, type PeerNews, PeerWorker, probe } from "@tilebook/mesh";
import {
  answerAsks,
  GuestRoom,
  type GuestState,
  type Identity,
  keepIdentity,
  type KeyId,
  type RoomLink,
} from "@tilebook/mesh/room";
import { openPeerDevice, type PeerDevice, type PeerDeviceEvent } from "@tilebook/sandbox";
import { Figurer } from "./figures.ts";
import { keepHosts, knownHosts, withHost } from "./known-hosts.ts";
import { later } from "./later.ts";
import { Pauses } from "./pauses.ts";
import { speedOf } from "./speed.ts";
import { type RoomStanding, store } from "./store.ts";
import { TensorShelf } from "./tensor-shelf.ts";
import { WakeLock } from "./wake-lock.ts";
import { type Ways, waysToMeet } from "../room/ways.ts";

/** The host's first tasks go before measurements of our own, and so do other pages of this device that are joining. */
const quietMs = 5_000;

/** A device that computes for a room, from the consent to the end. */
export interface Joined {
  pause(on: boolean): void;
  leave(): void;
}

/** Taken once for this page: to the host it is the same device when it joins again. */
let identity: Promise<Identity> | undefined;

export async function openSession(link: RoomLink): Promise<Joined> {
  identity ??= keepIdentity();
  const [own, ways] = await Promise.all([
    identity,
    waysToMeet({ hub: link.hub, hidden: store.getState().hidden }),
  ]);
  return new Session(link, own, ways);
}

/** Meets the host and opens the device at the same time; what the host sends before the device is there waits. */
class Session implements Joined {
  readonly #link: RoomLink;
  readonly #room: GuestRoom;
  readonly #ways: Ways;
  readonly #links = new Map<KeyId, Link>();
  readonly #over = new AbortController();
  readonly #pauses: Pauses;
  readonly #awake: WakeLock;
  readonly #figures: Figurer;
  readonly #shelf: TensorShelf;
  readonly #opening: Promise<BudgetedDevice>;
  #device: PeerDevice | undefined;
  #budgeted: BudgetedDevice | undefined;
  #worker: Promise<PeerWorker>;
  /** The same, once it is there. */
  #current: PeerWorker | undefined;
  #stopAnswering: () => void = () => undefined;
  #wasIn = false;
  #pausedByPerson = false;

  constructor(link: RoomLink, own: Identity, ways: Ways) {
    this.#link = link;
    this.#ways = ways;
    this.#shelf = new TensorShelf(link.room);
    const { signal } = this.#over;
    this.#opening = this.#open();
    this.#worker = this.#newWorker();
    const { name } = store.getState();
    const { rendezvous, connection } = ways;
    const accept = (peer: KeyId): Accept => this.#accept(peer);
    this.#room = new GuestRoom({ identity: own, link, name, accept, rendezvous, connection });
    this.#room.events.on("state", (state) => this.#hear(state));
    this.#room.events.on("linked", ({ id, link: to }) => void this.#linked(id, to));
    this.#room.events.on("gone", ({ id }) => id === link.room && this.#hostGone());
    this.#pauses = new Pauses(() => this.#lookForPauses());
    this.#awake = new WakeLock(signal);
    this.#figures = new Figurer({
      work: () => this.#budgeted?.work,
      host: () => this.#room.link(link.room),
    });
    signal.addEventListener(
      "abort",
      store.subscribe((now, before) => this.#obey(now, before)),
    );
    void this.#measure();
  }

  pause(on: boolean): void {
    this.#pausedByPerson = on;
    this.#lookForPauses();
  }

  leave(): void {
    if (this.#over.signal.aborted) return;
    this.#room.leave();
    this.#end();
  }

  /** The device is taken away, and all that was on it. */
  #end(): void {
    this.#over.abort();
    this.#ways.close();
    this.#pauses.stop();
    this.#figures.stop();
    void this.#worker.then((worker) => worker.close()).catch(() => undefined);
    void this.#opening.then(() => this.#device?.close()).catch(() => undefined);
  }

  async #open(): Promise<BudgetedDevice> {
    const { memory, share } = store.getState();
    try {
      const device = await openPeerDevice({
        frameUrl: new URL("frame.html", document.baseURI).href,
        budgetBytes: memory,
        interpreter: new URLSearchParams(location.search).has("interpreter"),
      });
      this.#device = device;
      device.listen((event) => this.#hearDevice(event));
      this.#budgeted = new BudgetedDevice(device, { clock: realClock, share });
      this.#lookForPauses();
      this.#deviceReady();
      return this.#budgeted;
    } catch (error) {
      store.setState({
        device: { kind: "lost", message: faultData(error).message, recovering: false },
      });
      this.#tell({ kind: "lost", message: faultData(error).message, recovering: "no" });
      throw error;
    }
  }

  async #newWorker(): Promise<PeerWorker> {
    const device = await this.#opening;
    const worker = new PeerWorker({
      device,
      budgetBytes: store.getState().memory,
      shelf: this.#shelf,
      drives: (peer) => peer === this.#link.room,
    });
    for (const [id, link] of this.#links) worker.connect(id, link);
    this.#current = worker;
    this.#figures.holds(() => worker.memory.bytes);
    this.#stopAnswering();
    this.#stopAnswering = answerAsks(this.#room, worker, {
      slowed: (slowed) => store.setState({ slowed }),
    });
    return worker;
  }

  #accept(peer: KeyId): Accept {
    return (opening) => {
      const accept =
        this.#current?.acceptFrom(peer) ?? later(this.#worker.then((worker) => worker.acceptFrom(peer)));
      return accept(opening);
    };
  }

  async #linked(id: KeyId, link: Link): Promise<void> {
    this.#links.set(id, link);
    this.#figures.count(link);
    (await this.#worker).connect(id, link);
  }

  /** The host's page is another one, or it has given this one up: what it had here is nobody's. */
  #hostGone(): void {
    store.setState({ slowed: {} });
    const before = this.#worker;
    void before.then((worker) => worker.close()).catch(() => undefined);
    this.#links.delete(this.#link.room);
    this.#current = undefined;
    this.#worker = this.#newWorker();
  }

  #hear(state: GuestState): void {
    store.setState({ room: standingOf(state) });
    if (state.kind === "refused" && !state.again) return this.#end();
    if (state.kind !== "in") return;
    this.#tellAll();
    if (this.#wasIn) return;
    this.#wasIn = true;
    keepHosts(withHost(knownHosts(), this.#link.room, Date.now()));
  }

  #hearDevice(event: PeerDeviceEvent): void {
    if (event.type === "device") return this.#deviceReady();
    const { message, recovering } = event;
    this.#current?.forget();
    store.setState({ device: { kind: "lost", message, recovering } });
    this.#tell({ kind: "lost", message, recovering: recovering ? "yes" : "no" });
    // The GPU worker opens the next device by itself, and says nothing of it.
    if (recovering) void this.#device?.memory().then(() => this.#deviceReady());
  }

  #deviceReady(): void {
    const { kind, name, reason } = this.#device?.report ?? {};
    if (kind === undefined || name === undefined) return;
    const { device } = store.getState();
    const known = device.kind === "ready" && device.report.name === name ? device.report : {};
    store.setState({ device: { kind: "ready", report: { ...known, kind, name, reason } } });
    this.#tellAll();
  }

  /** When nobody waits for it: a measurement takes some seconds on a slow device. */
  async #measure(): Promise<void> {
    const device = await this.#opening.then(() => this.#device).catch(() => undefined);
    await this.#idle();
    if (device === undefined || this.#over.signal.aborted) return;
    const host = this.#room.link(this.#link.room);
    // How fast the way to the host is has been seen already where it has got anything.
    if (host !== undefined && host.delivery.rate === undefined) await probe([host], realClock);
    const speed = await speedOf(device);
    const { device: now } = store.getState();
    if (speed === undefined || now.kind !== "ready") return;
    store.setState({ device: { kind: "ready", report: { ...now.report, ...speed } } });
    this.#tellDevice();
  }

  /** It is in, and nothing was computed for a while. */
  async #idle(): Promise<void> {
    let [before, now] = [NaN, this.#workDone()];
    while (!this.#over.signal.aborted && before !== now) {
      await new Promise((resolve) => {
        setTimeout(resolve, quietMs);
      });
      [before, now] = [now, this.#workDone()];
    }
  }

  /** NaN while it is at work, or not in. */
  #workDone(): number {
    const work = this.#budgeted?.work;
    const isIn = store.getState().room.kind === "in";
    return work === undefined || work.busy || !isIn ? NaN : work.tasks;
  }

  #lookForPauses(): void {
    const { background } = store.getState();
    const paused = [
      ...(this.#pausedByPerson ? (["person"] as const) : []),
      ...this.#pauses.reasons(background),
    ];
    if (paused.join() === store.getState().paused.join()) return this.#gate();
    store.setState({ paused });
    this.#gate();
    this.#tellPause();
  }

  #gate(): void {
    if (store.getState().paused.length > 0) this.#budgeted?.pause();
    else this.#budgeted?.resume();
  }

  #obey(now: ReturnType<typeof store.getState>, before: ReturnType<typeof store.getState>): void {
    this.#awake.want(now.awake && now.room.kind === "in" && now.paused.length === 0);
    if (now.background !== before.background) this.#lookForPauses();
    if (now.share === before.share || this.#budgeted === undefined) return;
    this.#budgeted.share = now.share;
    this.#tellDevice();
  }

  #tellAll(): void {
    this.#tellDevice();
    this.#tellPause();
  }

  #tellPause(): void {
    const { device, paused } = store.getState();
    if (device.kind !== "ready") return;
    const [reason] = paused;
    this.#tell(reason === undefined ? { kind: "ready" } : { kind: "paused", reason });
  }

  #tellDevice(): void {
    const { device, share, memory } = store.getState();
    if (device.kind !== "ready") return;
    const { kind, name, reason, gflops, gigabytesPerSecond } = device.report;
    this.#tell({
      kind: "device",
      device: kind,
      name: name.slice(0, 200),
      budgetBytes: memory,
      share,
      ...(reason !== undefined && { reason: reason.slice(0, 500) }),
      ...(gflops !== undefined && { gflops }),
      ...(gigabytesPerSecond !== undefined && { gigabytesPerSecond }),
    });
  }

  /** Before it is in there is nobody to tell; then all is told at once. */
  #tell(news: PeerNews): void {
    if (store.getState().room.kind === "in") this.#room.tell(news);
  }
}

function standingOf(state: GuestState): RoomStanding {
  switch (state.kind) {
    case "meeting":
      return { kind: "meeting", fault: state.fault && data(state.fault) };
    case "lost":
      return { kind: "lost", fault: data(state.fault) };
    case "refused":
      return { kind: "refused", reason: state.reason, again: state.again };
    case "knocking":
    case "in":
    case "left":
      return { kind: state.kind };
  }
}

function data(fault: Fault): ReturnType<typeof faultData> {
  return faultData(fault);
}
