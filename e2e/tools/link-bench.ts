import { loadavg } from "node:os";
import { realClock, seeded } from "@tilebook/base";
import type { Graph } from "@tilebook/ir";
import { broadcast, Link, openChannels, split } from "@tilebook/mesh";
import {
  connectEmulated,
  connectThrough,
  emulatedConnection,
  openPeers,
  shortQueues,
  UdpEmulator,
  type WayOptions,
} from "@tilebook/mesh/testing";

/**
 * npm run bench:link - bytes a second of a link against those of a bare data channel, in turns and in the same process, over loopback and through the
 * emulator. Numbers, not a test: this machine's load is in them, and is printed with them.
 */
export async function main(): Promise<number> {
  await compare("loopback", undefined, 64 * 2 ** 20);
  await compare("20 ms, 1 % loss, 50 Mbit/s", { ms: 20, loss: 0.01, mbps: 50 }, 2 * 2 ** 20);
  await compare("20 ms, 50 Mbit/s", { ms: 20, mbps: 50 }, 8 * 2 ** 20);
  await gather("loopback", undefined);
  await gather("20 ms, 1 % loss, 50 Mbit/s", { ms: 20, loss: 0.01, mbps: 50 });
  await widened("20 ms, 1 % loss", { ms: 20, loss: 0.01 });
  await widened("20 ms, 4 Mbit/s", { ms: 20, mbps: 4 });
  return 0;
}

/** An all-gather of half a megabyte on four ranks: 1.5 MiB over twelve edges. */
async function gather(name: string, way: WayOptions | undefined): Promise<void> {
  const emulated = connectEmulated(way, 3);
  const peers = await openPeers(4, { connect: emulated.connect });
  const type = { dtype: "f32", shape: [2 ** 17] } as const;
  const copy: Graph = { nodes: [{ kind: "input", tensor: "x", type }], kernels: [], outputs: [0] };
  const x = await peers.group.put(new Uint8Array(2 ** 19), type, split(0));
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await peers.group.compute(copy, new Map([["x", x]]), { outputs: [broadcast] });
    times.push(performance.now() - start);
  }
  peers.close();
  emulated.close();
  process.stdout.write(
    `${name}, all-gather of 0.5 MiB on 4 ranks: ${median(times).toFixed(0)} ms ` +
      `[${Math.min(...times).toFixed(0)}-${Math.max(...times).toFixed(0)}] (load ${loadavg()[0]?.toFixed(1)})\n`,
  );
}

const rounds = 5;

async function compare(name: string, way: WayOptions | undefined, bytes: number): Promise<void> {
  const [bare, linked]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    bare.push(await over(way, round, (emulator) => bareChannel(bytes, emulator)));
    linked.push(await over(way, round, (emulator) => link(bytes, emulator)));
  }
  const say = (all: readonly number[]): string =>
    `${(median(all) / 1e6).toFixed(2)} MB/s [${(Math.min(...all) / 1e6).toFixed(2)}-${(Math.max(...all) / 1e6).toFixed(2)}]`;
  process.stdout.write(
    `${name}, ${bytes / 2 ** 20} MiB: bare channel ${say(bare)}, link ${say(linked)}: ` +
      `${((100 * median(linked)) / median(bare)).toFixed(0)} % (load ${loadavg()[0]?.toFixed(1)})\n`,
  );
}

async function over(
  way: WayOptions | undefined,
  seed: number,
  run: (emulator: UdpEmulator | undefined) => Promise<number>,
): Promise<number> {
  const emulator = way === undefined ? undefined : new UdpEmulator(way, seeded(seed + 1));
  await emulator?.open();
  try {
    return await run(emulator);
  } finally {
    emulator?.close();
  }
}

/** Bytes a second of messages of 64 KB, as many as the channel takes. */
async function bareChannel(bytes: number, emulator: UdpEmulator | undefined): Promise<number> {
  const { opened, connections } = await connectThrough(openBare, emulator);
  const [from, to] = opened;
  const start = performance.now();
  await new Promise<void>((resolve) => {
    let [sent, received] = [0, 0];
    to.addEventListener("message", ({ data }: MessageEvent<ArrayBuffer>) => {
      received += data.byteLength;
      if (received === bytes) resolve();
    });
    const fill = (): void => {
      while (sent < bytes && from.bufferedAmount < 256 * 1024) {
        from.send(new Uint8Array(64 * 1024));
        sent += 64 * 1024;
      }
    };
    from.bufferedAmountLowThreshold = 128 * 1024;
    from.addEventListener("bufferedamountlow", fill);
    fill();
  });
  const took = performance.now() - start;
  for (const connection of connections) connection.close();
  return (bytes / took) * 1_000;
}

/** How many connections a link comes to use on such a way, each with losses of its own, and what it gains by that. */
async function widened(name: string, way: WayOptions): Promise<void> {
  shortQueues();
  const ways = Array.from({ length: 10 }, (_, at) => new UdpEmulator(way, seeded(at + 1)));
  for (const emulator of ways) await emulator.open();
  const { opened, connections } = await connectThrough(openChannels, ways[0]);
  const made = [1, 1];
  const more = (side: 0 | 1) => (): RTCPeerConnection => {
    const emulator = ways[made[side] ?? 0];
    if (emulator === undefined) throw new RangeError("there are no more ways");
    made[side] = (made[side] ?? 0) + 1;
    const connection = emulatedConnection(side, emulator);
    connections.push(connection);
    return connection;
  };
  const [from, to] = [newLink(more(0)), newLink(more(1))];
  from.attach(opened[0]);
  to.attach(opened[1]);
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  const rates: string[] = [];
  for (let turn = 0; turn < 12; turn++) {
    const [start, width] = [performance.now(), from.width];
    await from.send("bench", new Uint8Array(1.5 * 2 ** 20));
    rates.push(`${width}: ${((1.5 * 2 ** 20) / (performance.now() - start) / 1_000).toFixed(2)}`);
  }
  process.stdout.write(`${name}, connections: MB/s of 1.5 MiB, in turns: ${rates.join(", ")}\n`);
  from.close();
  for (const connection of connections) connection.close();
  for (const emulator of ways) emulator.close();
}

function openBare(connection: RTCPeerConnection): Promise<RTCDataChannel> {
  const channel = connection.createDataChannel("bare", { negotiated: true, id: 1, ordered: true });
  channel.binaryType = "arraybuffer";
  return new Promise((resolve) => {
    if (channel.readyState === "open") resolve(channel);
    channel.addEventListener("open", () => resolve(channel), { once: true });
  });
}

async function link(bytes: number, emulator: UdpEmulator | undefined): Promise<number> {
  const { opened, connections } = await connectThrough(openChannels, emulator);
  const [from, to] = [newLink(), newLink()];
  from.attach(opened[0]);
  to.attach(opened[1]);
  const start = performance.now();
  await from.send("bench", new Uint8Array(bytes));
  const took = performance.now() - start;
  from.close();
  for (const connection of connections) connection.close();
  return (bytes / took) * 1_000;
}

function newLink(connection?: () => RTCPeerConnection): Link {
  return new Link({
    clock: realClock,
    accept: ({ bytes }) => {
      const whole = new Uint8Array(bytes);
      return { write: (part, at) => whole.set(part, at), end: () => undefined, fail: () => undefined };
    },
    heard: () => undefined,
    lost: () => undefined,
    connection,
  });
}

function median(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
}
