/** What a hostile page sends, as scripts for it: each floods the host over the connection that it has. `rooms.channels` are its channels. */
export type Flood = "messages" | "noise" | "frames" | "bytes" | "channels" | "foreign";

/** Runs in the page. Gives what it got rid of before it was cut off: bytes. */
export async function flood(kind: Flood): Promise<number> {
  const all = window.rooms.channels.filter((channel) => channel.readyState === "open");
  const named = (label: string): RTCDataChannel | undefined => all.findLast((one) => one.label === label);
  // Everything stands inside: the function goes into the page as text.
  // oxlint-disable-next-line unicorn/consistent-function-scoping
  const packet = (type: number, stream: number, body: Uint8Array): Uint8Array<ArrayBuffer> => {
    const bytes = new Uint8Array(24 + body.length);
    bytes.set(body, 24);
    let sum = 0x811c9dc5 ^ body.length;
    const words = new Uint32Array(body.slice().buffer, 0, Math.floor(body.length / 4));
    for (const word of words) {
      sum = Math.imul(sum ^ word, 0x01000193);
      sum ^= sum >>> 15;
    }
    for (const byte of body.subarray(words.length * 4)) sum = Math.imul(sum ^ byte, 0x01000193);
    const head = new DataView(bytes.buffer);
    head.setUint16(0, 0x4254, true);
    head.setUint8(2, 1);
    head.setUint8(3, type);
    head.setUint32(4, stream, true);
    head.setUint32(16, body.length, true);
    head.setUint32(20, sum >>> 0, true);
    return bytes;
  };
  const message = packet(8, 0, new TextEncoder().encode(JSON.stringify({ kind: "app", body: "hello" })));
  const data = packet(2, 7, new Uint8Array(60_000));
  const connection = window.rooms.connections.at(-1);
  // The browser's own: this page's classes would end what they do not know.
  let plain: object = Object.getPrototypeOf(connection) as object;
  while (
    Object.hasOwn(Object.getPrototypeOf(plain) as object, "createDataChannel") ||
    !Object.hasOwn(plain, "createDataChannel")
  )
    plain = Object.getPrototypeOf(plain) as object;
  type Make = (this: RTCPeerConnection, label: string) => RTCDataChannel;
  const make = Reflect.get(plain, "createDataChannel") as Make;
  const next: Record<Flood, () => RTCDataChannel | undefined> = {
    messages: () => named("control"),
    noise: () => named("control"),
    frames: () => named("bulk"),
    bytes: () => named("bulk"),
    channels: () => connection && make.call(connection, "more"),
    foreign: () => named("data"),
  };
  const bodies: Record<Flood, Uint8Array<ArrayBuffer>> = {
    messages: message,
    noise: crypto.getRandomValues(new Uint8Array(1_000)),
    frames: new Uint8Array(250_000),
    bytes: data,
    channels: new Uint8Array(1_000),
    foreign: new Uint8Array(16_000),
  };
  let sent = 0;
  for (let turn = 0; turn < 200_000; turn++) {
    try {
      const channel = next[kind]();
      if (channel === undefined || channel.readyState === "closed") return sent;
      if (channel.readyState === "open" && channel.bufferedAmount < 4_000_000) {
        channel.send(bodies[kind]);
        sent += bodies[kind].length;
      }
      if (turn % 50 === 0 || channel.bufferedAmount > 2_000_000)
        await new Promise((resolve) => setTimeout(resolve));
    } catch {
      return sent;
    }
  }
  return sent;
}
