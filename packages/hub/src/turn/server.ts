import { createSocket, type Socket } from "node:dgram";
import { Fault } from "@tilebook/base";
import { type Credential, Credentials } from "./credentials.ts";
import type { Endpoint } from "./stun.ts";
import { TurnSwitch } from "./switch.ts";

const sweepMs = 10_000;

/** A server for devices that do not see each other: a closed switch (`switch.ts`) at one UDP port. */
export class TurnServer {
  /** As pages name it. */
  readonly url: string;
  readonly #socket: Socket;
  readonly #credentials: Credentials;
  readonly #switch: TurnSwitch;
  readonly #timer: ReturnType<typeof setInterval>;

  private constructor(socket: Socket) {
    const { address: host, port } = socket.address();
    this.url = `turn:${host}:${port}?transport=udp`;
    this.#socket = socket;
    this.#credentials = new Credentials();
    this.#switch = new TurnSwitch({
      host,
      credentials: this.#credentials,
      send: (bytes, to) => socket.send(bytes, to.port, to.host),
    });
    socket.on("message", (bytes, from) => this.#hear(bytes, { host: from.address, port: from.port }));
    // One who cannot be reached is no reason to end.
    socket.on("error", () => undefined);
    this.#timer = setInterval(() => this.#switch.sweep(), sweepMs);
    this.#timer.unref();
  }

  /** `port` 0 takes any. Fault `hub/port` where it is taken. */
  static async start(host: string, port: number): Promise<TurnServer> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve, reject) => {
      socket.once("error", (cause) => {
        socket.close();
        reject(new Fault("hub/port", `UDP port ${port} of ${host} cannot be opened`, { cause }));
      });
      socket.bind(port, host, resolve);
    });
    socket.removeAllListeners("error");
    return new TurnServer(socket);
  }

  /** Relayed addresses in use. */
  get size(): number {
    return this.#switch.size;
  }

  /** For one page, and an hour in which it can begin. */
  credential(): Credential {
    return this.#credentials.make();
  }

  /** Whatever a stranger sends, others go on. */
  #hear(bytes: Buffer, from: Endpoint): void {
    // Nobody can be answered there, so it is forged.
    if (from.port === 0) return;
    try {
      this.#switch.hear(bytes, from);
    } catch {
      // It is as if it had not come.
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }
}
