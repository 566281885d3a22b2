/** Carries whole frames to the other side, in order, each once. A message port is one; a data channel will be. */
export interface Wire {
  send(bytes: Uint8Array): void;
  /** Calls `listener` for every frame that arrives from now on. Returns the function that stops it. */
  receive(listener: (bytes: Uint8Array) => void): () => void;
  close(): void;
}

export function portWire(port: MessagePort): Wire {
  return {
    send: (bytes) => port.postMessage(bytes, [bytes.buffer as ArrayBuffer]),
    receive: (listener) => {
      const hear = (event: MessageEvent): void => {
        if (event.data instanceof Uint8Array) listener(event.data);
      };
      port.addEventListener("message", hear);
      port.start();
      return () => port.removeEventListener("message", hear);
    },
    close: () => port.close(),
  };
}
