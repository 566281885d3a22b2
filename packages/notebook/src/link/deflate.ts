import { joinBytes } from "@tilebook/base";

/** A deflate stream can grow 1,032-fold, so a slice of this many bytes gives at most about 1 MiB before we look again. */
const sliceBytes = 1024;

export async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export type Inflated =
  | { readonly end: "whole"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** It would be longer than allowed; `read` bytes had come out when it was stopped. */
  | { readonly end: "too-big"; readonly read: number }
  | { readonly end: "corrupt"; readonly cause: unknown };

/** Unpacks at most `most` bytes. Feeds the stream bit by bit and stops as soon as too much has come out. */
export async function inflate(bytes: Uint8Array<ArrayBuffer>, most: number): Promise<Inflated> {
  const reader = slices(bytes).pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      length += step.value.length;
      if (length > most) {
        await reader.cancel().catch(() => undefined);
        return { end: "too-big", read: length };
      }
      parts.push(step.value);
    }
  } catch (cause) {
    return { end: "corrupt", cause };
  }
  return { end: "whole", bytes: joinBytes(parts, length) };
}

function slices(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) {
        controller.close();
        return;
      }
      controller.enqueue(bytes.slice(at, at + sliceBytes));
      at += sliceBytes;
    },
  });
}
