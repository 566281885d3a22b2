import { type AboutMember, ComputeRoom, keepRoom, withHub } from "@tilebook/mesh/room";
import { keyWords } from "@tilebook/mesh/link";
import { operationsPerByte } from "../mesh/open-mesh.ts";
import { ownDevice } from "../mesh/own-device.ts";
import { isHiding, keptHub } from "./kept-hub.ts";
import { type Ways, waysToMeet } from "./ways.ts";
import { type MemberView, room as view, type TrafficView } from "./room-state.ts";

const mebibyte = 2 ** 20;
/** Members are asked for what they count once in this time; many of them more rarely, so that the asking stays a hundred words a second. */
const [lookMs, eachMs] = [1_000, 20];
/** Of a byte a millisecond, in Mbit/s. */
const bitsPerByte = 8e-3;

/** Where others join, and the ways by which they are met. */
interface Invited {
  readonly join: URL;
  readonly ways: Ways;
}

/** The room of this page, and what the panel shows of it. */
export class RoomSession {
  readonly room: ComputeRoom;
  readonly #device: string;
  readonly #join: URL;
  readonly #ways: Ways;
  #traffic: readonly TrafficView[] = [];
  #watchers = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(room: ComputeRoom, device: string, { join, ways }: Invited) {
    this.room = room;
    this.#device = device;
    this.#join = join;
    this.#ways = ways;
    room.events.on("changed", () => this.show());
    this.show();
  }

  /** Puts what there is into the store. */
  show(): void {
    const { room: host } = this.room;
    view.setState(
      {
        kind: "open",
        id: host.id,
        words: keyWords(host.id),
        link: new URL(withHub(host.fragment("compute"), this.#ways.hub), this.#join).href,
        device: this.#device,
        members: host.members.map((member) => this.#memberView(member)),
        waiting: host.waiting,
        policy: host.policy,
        traffic: this.#traffic,
      },
      true,
    );
  }

  /** Asks the members what they have received, again and again, until the function that is returned is called. */
  watch(): () => void {
    this.#watchers += 1;
    if (this.#watchers === 1) this.#wait();
    return () => {
      this.#watchers -= 1;
      if (this.#watchers > 0) return;
      clearTimeout(this.#timer);
    };
  }

  close(): void {
    this.#watchers = 0;
    clearTimeout(this.#timer);
    this.room.close();
    this.#ways.close();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), Math.max(lookMs, eachMs * this.room.workers.length));
  }

  async #look(): Promise<void> {
    try {
      const ids = this.room.workers.map(({ id }) => id);
      const [{ edges }] = await Promise.all([
        this.room.traffic([this.room.self, ...ids]),
        this.room.links.lookHere(ids),
      ]);
      this.#traffic = edges;
      if (this.#watchers > 0) this.show();
    } finally {
      if (this.#watchers > 0) this.#wait();
    }
  }

  #memberView({ id, name, role, state, roundTrip }: ComputeRoom["workers"][number]): MemberView {
    const about = this.room.about(id);
    const { device } = about ?? {};
    return {
      id,
      name,
      role,
      ...standingOf(state, about),
      ...(roundTrip === undefined ? {} : { roundTrip }),
      ...(device === undefined
        ? {}
        : { device: device.name, isInterpreter: device.device === "interpreter" }),
      ...(device?.gflops === undefined ? {} : { gflops: device.gflops }),
      ...this.#linkView(id),
    };
  }

  #linkView(id: string): Pick<MemberView, "mbpsTo" | "mbpsFrom" | "lastError"> {
    const { self, links } = this.room;
    const [to, from] = [links.seen.of(self, id).rate, links.seen.of(id, self).rate];
    const lastError = this.room.lastError(id);
    return {
      ...(to === undefined ? {} : { mbpsTo: to * bitsPerByte }),
      ...(from === undefined ? {} : { mbpsFrom: from * bitsPerByte }),
      ...(lastError === undefined ? {} : { lastError }),
    };
  }
}

/** How a member stands, and why. */
function standingOf(link: "in" | "lost", about: AboutMember | undefined): Pick<MemberView, "state" | "why"> {
  const news = about?.state;
  if (news?.kind === "lost") return { state: "lost", why: news.message };
  if (link === "lost") return { state: "lost" };
  if (news?.kind === "paused") return { state: "paused", why: `paused: ${sayPause[news.reason]}` };
  return { state: "ready" };
}

const sayPause = {
  hidden: "its page is not looked at",
  person: "its owner has paused it",
  battery: "its battery is low",
  data: "it saves data",
} as const;

/** Opens the room that this browser keeps. */
export async function beginRoom(): Promise<RoomSession> {
  const waiting = waysToMeet({ hub: keptHub(), hidden: isHiding() });
  const [kept, device, ways] = await Promise.all([keepRoom("page"), ownDevice(), waiting]).catch(
    (error: unknown) => {
      void waiting.then(({ close }) => close()).catch(() => undefined);
      throw error;
    },
  );
  const room = new ComputeRoom({
    keys: kept.keys,
    rendezvous: ways.rendezvous,
    connection: ways.connection,
    device,
    budgetBytes: 512 * mebibyte,
    operationsPerByte,
    roles: ["compute"],
    ...(kept.guests === undefined ? {} : { kept: kept.guests }),
  });
  room.room.events.on("keep", (guests) => kept.save(guests));
  const join = new URL("join.html", ways.address ?? document.baseURI);
  return new RoomSession(room, device.report.name, { join, ways });
}
