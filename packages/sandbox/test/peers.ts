import { realClock } from "@tilebook/base";
import type { Graph, TensorType } from "@tilebook/ir";
import { Asks, broadcast, Group, Link, openChannels, PeerWorker, split } from "@tilebook/mesh";
import { openPeerDevice, type PeerDevice, type PeerDeviceEvent } from "@tilebook/sandbox";

/* The page the browser test drives: devices for others, and a group of ranks over real connections that computes on them. */

export interface Computed {
  readonly kinds: readonly string[];
  readonly values: readonly number[];
  readonly peerBytes: number;
}

export interface PeersDoor {
  /** A matrix [64, 32] times [32, 16], its rows split over two ranks, each with a device of its own. Numbers of `left` and `right`. */
  multiply(interpreter?: boolean): Promise<Computed>;
  /** Waits for the end of the browser's GPU process; tells what became of a tensor, and of the next run on the same device. */
  crash(): Promise<{
    readonly first: string;
    readonly events: readonly PeerDeviceEvent["type"][];
    readonly next: number;
  }>;
}

const sizes = { m: 64, k: 32, n: 16 } as const;

function product(left: string, right: string): Graph {
  const { m, k, n } = sizes;
  return {
    nodes: [
      { kind: "input", tensor: left, type: { dtype: "f32", shape: [m, k] } },
      { kind: "input", tensor: right, type: { dtype: "f32", shape: [k, n] } },
      {
        kind: "matmul",
        left: 0,
        right: 1,
        transposeRight: false,
        type: { dtype: "f32", shape: [m, n] },
      },
    ],
    kernels: [],
    outputs: [2],
  };
}

function matrix(rows: number, columns: number): TensorType {
  return { dtype: "f32", shape: [rows, columns] };
}

function floats(count: number, of: (index: number) => number): Uint8Array {
  return new Uint8Array(Float32Array.from({ length: count }, (_, index) => of(index)).buffer);
}

const left = (): Uint8Array => floats(sizes.m * sizes.k, (index) => (index % 7) - 3);
const right = (): Uint8Array => floats(sizes.k * sizes.n, (index) => (index % 5) - 2);

function open(interpreter = false): Promise<PeerDevice> {
  return openPeerDevice({
    frameUrl: new URL("/frame.html", location.href).href,
    budgetBytes: 64 << 20,
    interpreter,
  });
}

function openLink(accept: ConstructorParameters<typeof Link>[0]["accept"]): Link {
  return new Link({ clock: realClock, accept, heard: () => undefined, lost: () => undefined });
}

async function connect(a: Link, b: Link): Promise<void> {
  const [one, other] = [new RTCPeerConnection(), new RTCPeerConnection()];
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const)
    from.addEventListener("icecandidate", ({ candidate }) => void to.addIceCandidate(candidate ?? undefined));
  const channels = [openChannels(one), openChannels(other)] as const;
  await one.setLocalDescription(await one.createOffer());
  await other.setRemoteDescription(one.localDescription ?? { type: "offer" });
  await other.setLocalDescription(await other.createAnswer());
  await one.setRemoteDescription(other.localDescription ?? { type: "answer" });
  a.attach(await channels[0]);
  b.attach(await channels[1]);
}

const door: PeersDoor = {
  multiply: async (interpreter) => {
    const devices = await Promise.all([open(interpreter), open(interpreter)]);
    const [host, guest] = devices.map(
      (device) => new PeerWorker({ device, budgetBytes: 32 << 20, drives: (peer) => peer === "host" }),
    );
    if (host === undefined || guest === undefined) throw new Error("two workers");
    const asks = new Asks();
    const toGuest = openLink(asks.accept("guest", host.acceptFrom("guest")));
    const toHost = openLink(guest.acceptFrom("host"));
    await connect(toGuest, toHost);
    host.connect("guest", toGuest);
    guest.connect("host", toHost);
    const group = new Group({
      ranks: ["host", "guest"],
      self: "host",
      worker: host,
      link: () => toGuest,
      asks,
      name: "g",
    });
    const inputs = new Map([
      ["a", await group.put(left(), matrix(sizes.m, sizes.k), split(0))],
      ["b", await group.put(right(), matrix(sizes.k, sizes.n), broadcast)],
    ]);
    const [output] = await group.compute(product("a", "b"), inputs, { outputs: [split(0)] });
    if (output === undefined) throw new Error("one output");
    const values = [...new Float32Array((await group.get(output)).slice().buffer)];
    const peerBytes = guest.memory.bytes;
    const kinds = devices.map(({ report }) => report.kind);
    for (const device of devices) device.close();
    for (const link of [toGuest, toHost]) link.close();
    return { kinds, values, peerBytes };
  },
  crash: async () => {
    const device = await open();
    const events: PeerDeviceEvent["type"][] = [];
    device.listen(({ type }) => events.push(type));
    const run = async (): Promise<number> => {
      const a = device.upload(left(), matrix(sizes.m, sizes.k));
      const b = device.upload(right(), matrix(sizes.k, sizes.n));
      const [output = ""] = await device.run(product(a, b));
      return new Float32Array((await device.read(output)).slice().buffer)[0] ?? NaN;
    };
    const kept = device.upload(left(), matrix(sizes.m, sizes.k));
    await run();
    await fetch("/report", { method: "POST", body: JSON.stringify({ name: "ready to crash" }) });
    await new Promise<void>((resolve) => device.listen(({ type }) => type === "lost" && resolve()));
    const first = await device.read(kept).then(
      () => "read",
      (error: { readonly code?: string }) => error.code ?? "no fault",
    );
    return { first, events, next: await run() };
  },
};

Object.assign(window, { peers: door });
