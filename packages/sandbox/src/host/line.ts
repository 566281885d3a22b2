import { decode, type Decoder } from "@tilebook/base";

/** The app page's end of a port into the sandbox. What cannot be decoded is dropped and counted by `bad`. */
export interface Line<Said> {
  send(message: Said, transfer?: Transferable[]): void;
  close(): void;
}

export interface LineEnds<Heard> {
  readonly name: string;
  readonly decoder: Decoder<Heard>;
  readonly hear: (message: Heard) => void;
  readonly bad: (error: unknown) => void;
}

export function openLine<Said, Heard>(port: MessagePort, ends: LineEnds<Heard>): Line<Said> {
  let open = true;
  const decoded = (data: unknown): Heard | undefined => {
    try {
      return decode(ends.decoder, data, ends.name);
    } catch (error) {
      ends.bad(error);
      return undefined;
    }
  };
  port.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    const message = open ? decoded(data) : undefined;
    if (message !== undefined) ends.hear(message);
  });
  port.addEventListener("messageerror", () => ends.bad(new Error(`${ends.name}: unreadable message`)));
  port.start();
  return {
    send: (message, transfer = []) => port.postMessage(message, transfer),
    close: () => {
      open = false;
      port.close();
    },
  };
}
