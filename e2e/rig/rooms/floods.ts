/** What a hostile page sends, as scripts for it: each floods the host over the connection that it has. `rooms.channels` are its channels. */
export type Flood = "messages" | "noise" | "frames" | "bytes" | "channels" | "foreign";

/** Runs in the page. Gives what it got rid of before it was cut off: bytes. */
export async function flood(kind: Flood): Promise<number> {
  const all = window.rooms.channels.filter((channel) => channel.readyState === "open");
  const named = (label: string): RTCDataChannel | undefined => all.findLast((one) => one.label === label);
  const text = new TextEncoder().encode(JSON.stringify({ kind: "app", body: "hello" }));
  const message = window.rooms.packet("message", 0, text);
  const data = window.rooms.packet("data", 7, new Uint8Array(60_000));
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
