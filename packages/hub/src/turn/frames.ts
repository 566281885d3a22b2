import { randomBytes } from "node:crypto";
import { Attribute, Class, type Endpoint, Method, writeEndpoint, writeStun } from "./stun.ts";

/** Data with a channel's number before it, instead of a whole message. Undefined where it is none; what stands behind the data is filling. */
export function readChannelData(
  bytes: Buffer,
): { readonly channel: number; readonly data: Buffer } | undefined {
  if (bytes.length < 4) return undefined;
  const [channel, length] = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
  if (channel < 0x4000 || channel > 0x4fff || bytes.length < 4 + length) return undefined;
  return { channel, data: bytes.subarray(4, 4 + length) };
}

export function channelData(channel: number, data: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(4 + data.length);
  bytes.writeUInt16BE(channel, 0);
  bytes.writeUInt16BE(data.length, 2);
  data.copy(bytes, 4);
  return bytes;
}

export function dataIndication(from: Endpoint, data: Buffer): Buffer {
  return writeStun({ method: Method.data, kind: Class.indication, transaction: randomBytes(12) }, [
    [Attribute.peer, writeEndpoint(from)],
    [Attribute.data, data],
  ]);
}
