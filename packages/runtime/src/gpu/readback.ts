import type { Session } from "./session.ts";

/** Larger reads go in parts, so that a read never needs a second copy of a large tensor on the device. */
const partBytes = 16 * 2 ** 20;
/** Reads up to this size share one buffer that stays, as large as the largest of them. */
const keptBytes = 256 * 1024;
const leastBytes = 4096;

/** Bytes [start, end) of `buffer`, any alignment. The buffer is at least 4-byte aligned in size. */
export async function readBack(
  session: Session,
  buffer: GPUBuffer,
  range: { readonly start: number; readonly end: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const result = new Uint8Array(range.end - range.start);
  if (result.length === 0) return result;
  const from = Math.floor(range.start / 4) * 4;
  const until = Math.ceil(range.end / 4) * 4;
  const kept = until - from <= keptBytes;
  const staging = kept
    ? keptStaging(session, until - from)
    : await newStaging(session, Math.min(until - from, partBytes));
  try {
    for (let at = from; at < until; at += partBytes) {
      const part = await readPart(session, buffer, staging, {
        start: at,
        end: Math.min(until, at + partBytes),
      });
      const skip = Math.max(0, range.start - at);
      result.set(part.subarray(skip, Math.min(part.length, range.end - at)), at + skip - range.start);
    }
  } finally {
    if (!kept) staging.destroy();
  }
  return result;
}

const stagings = new WeakMap<Session, GPUBuffer>();

/** One small buffer for all small reads of a device: reads take turns. */
function keptStaging(session: Session, bytes: number): GPUBuffer {
  const known = stagings.get(session);
  if (known !== undefined && known.size >= bytes) return known;
  known?.destroy();
  const size = Math.max(leastBytes, 2 ** Math.ceil(Math.log2(bytes)));
  const staging = session.device.createBuffer({ size, usage: stagingUsage() });
  stagings.set(session, staging);
  return staging;
}

function newStaging(session: Session, size: number): Promise<GPUBuffer> {
  const create = (): GPUBuffer => session.device.createBuffer({ size, usage: stagingUsage() });
  return session.checked(create, { name: "reading a tensor back" });
}

function stagingUsage(): number {
  return GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
}

async function readPart(
  session: Session,
  buffer: GPUBuffer,
  staging: GPUBuffer,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<Uint8Array> {
  const bytes = end - start;
  const encoder = session.device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, start, staging, 0, bytes);
  session.device.queue.submit([encoder.finish()]);
  await session.nudged(staging.mapAsync(GPUMapMode.READ, 0, bytes));
  const copy = new Uint8Array(staging.getMappedRange(0, bytes).slice(0));
  staging.unmap();
  return copy;
}
