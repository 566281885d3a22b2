import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { assert, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  aNumber,
  Attribute,
  Class,
  Method,
  readEndpoint,
  readStun,
  writeEndpoint,
  writeStun,
} from "./stun.ts";

/** Vectors of RFC 5769: 2.1, 2.2, 2.4. */
const request = Buffer.from(
  "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf",
  "hex",
);
const response = Buffer.from(
  "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96",
  "hex",
);
const longTerm = Buffer.from(
  "000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b900000015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e6f72670000080014f67024656dd64a3e02b8e0712e85c9a28ca89666",
  "hex",
);
const password = Buffer.from("VOkJxbRl1RmTxUk/WvJxBt");
const name = "\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9";
const longTermKey = createHash("md5").update(`${name}:example.org:TheMatrIX`).digest();

describe("messages of STUN", () => {
  test("[TU1] the request of RFC 5769 is read, with its sum and its fingerprint", () => {
    const message = readStun(request);
    expect(message).toMatchObject({ method: Method.binding, kind: Class.request });
    expect(message?.attributes.get(Attribute.username)?.toString()).toBe("evtj:h6vY");
    expect(message?.isSignedBy(password)).toBe(true);
    expect(message?.isSignedBy(Buffer.from("another"))).toBe(false);
    // What stands behind the sum is the fingerprint, whose own type is not signed.
    for (let at = 0; at < request.length - 8; at++) {
      const changed = Buffer.from(request);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(readStun(changed)?.isSignedBy(password) ?? false).toBe(false);
    }
  });

  test("[TU2] the response of RFC 5769 is read, with its address", () => {
    const message = readStun(response);
    expect(message).toMatchObject({ method: Method.binding, kind: Class.success });
    expect(message?.isSignedBy(password)).toBe(true);
    const address = message?.attributes.get(Attribute.mapped);
    expect(readEndpoint(address)).toEqual({ host: "192.0.2.1", port: 32_853 });
    expect(writeEndpoint({ host: "192.0.2.1", port: 32_853 })).toEqual(address);
  });

  test("[TU3] the request of RFC 5769 with long-term credentials is read, and written to the byte", () => {
    const message = readStun(longTerm);
    expect(message?.isSignedBy(longTermKey)).toBe(true);
    const written = writeStun(
      { method: Method.binding, kind: Class.request, transaction: longTerm.subarray(8, 20) },
      [
        [Attribute.username, Buffer.from(name)],
        [Attribute.nonce, Buffer.from("f//499k954d6OL34oL9FSTvy64sA")],
        [Attribute.realm, Buffer.from("example.org")],
      ],
      longTermKey,
    );
    expect(written.equals(longTerm)).toBe(true);
  });

  test("[TU4] any other bytes are no message, or one; nothing else happens", () => {
    assert(
      property(uint8Array({ maxLength: 120 }), uint8Array({ maxLength: 8 }), (noise, changes) => {
        const bytes = Buffer.from(longTerm);
        for (const change of changes) bytes.writeUInt8(change, (change * 7) % bytes.length);
        readStun(bytes);
        readStun(Buffer.from(noise));
        readStun(Buffer.concat([longTerm.subarray(0, 20), Buffer.from(noise)]));
      }),
      { numRuns: 3_000 },
    );
    expect(readStun(longTerm.subarray(0, -4))).toBeUndefined();
  });

  test("[TU12] a fingerprint anywhere but at the end, and more attributes than anyone has, are no message", () => {
    const head = { method: Method.binding, kind: Class.request, transaction: Buffer.alloc(12) };
    const many = (count: number): Buffer =>
      writeStun(
        head,
        Array.from({ length: count }, () => [Attribute.lifetime, Buffer.alloc(0)] as const),
      );
    expect(readStun(many(32))).toBeDefined();
    expect(readStun(many(33))).toBeUndefined();
    const last = writeStun(head, [[Attribute.fingerprint, Buffer.alloc(4)]]);
    last.writeUInt32BE(fingerprintOf(last.subarray(0, 20)), 24);
    expect(readStun(last)).toBeDefined();
    const early = writeStun(head, [
      [Attribute.fingerprint, Buffer.alloc(4)],
      [Attribute.lifetime, aNumber(1)],
    ]);
    early.writeUInt32BE(fingerprintOf(early.subarray(0, 20)), 24);
    expect(readStun(early)).toBeUndefined();
  });
});

function fingerprintOf(bytes: Buffer): number {
  return (crc32(bytes) ^ 0x5354554e) >>> 0;
}
