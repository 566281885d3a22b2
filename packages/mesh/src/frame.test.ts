import { Fault } from "@tilebook/base";
import {
  type Arbitrary,
  assert,
  boolean,
  constantFrom,
  integer,
  jsonValue,
  nat,
  pre,
  property,
  record,
  uint8Array,
} from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFrame, encodeFrame, type Frame, Kind, type KindNumber } from "./frame.ts";

const kinds: Arbitrary<KindNumber> = constantFrom(...Object.values(Kind));
const frames: Arbitrary<Frame> = record({
  kind: kinds,
  call: nat(),
  value: jsonValue(),
  body: uint8Array({ maxLength: 200 }),
});

describe("frame", () => {
  test("[W1] what goes in comes out", () => {
    assert(
      property(frames, (frame) => {
        const back = decodeFrame(encodeFrame(frame));
        expect(back).toEqual({ ...frame, value: JSON.parse(JSON.stringify(frame.value)) as unknown });
      }),
    );
  });
  test("[W2] a frame with any byte changed or cut is refused with a fault", () => {
    assert(
      property(frames, nat(), integer({ min: 1, max: 255 }), boolean(), (frame, at, flip, cut) => {
        const bytes = encodeFrame(frame);
        const place = at % bytes.length;
        // The call number is not summed: it names a call, and a wrong one is refused by whoever waits for it.
        pre(cut || place < 4 || place >= 8);
        const bad = cut
          ? bytes.slice(0, place)
          : bytes.map((byte, index) => (index === place ? byte ^ flip : byte));
        // Another kind is still a good frame.
        pre(cut || place !== 3);
        expect(() => decodeFrame(bad)).toThrow(Fault);
      }),
    );
  });
  test("[W3] 20,000 frames of noise: never anything but a fault", () => {
    assert(
      property(uint8Array({ maxLength: 64 }), (bytes) => {
        expect(() => decodeFrame(bytes)).toThrow(expect.objectContaining({ code: "mesh/frame" }));
      }),
      { numRuns: 20_000 },
    );
  });
  test("[W4] a head that states 4 GiB is refused before anything is allocated", () => {
    const bytes = encodeFrame({ kind: Kind.hello, call: 0, value: null, body: new Uint8Array(0) });
    new DataView(bytes.buffer).setUint32(12, 0xffffffff, true);
    expect(() => decodeFrame(bytes)).toThrow(/too large/);
  });
});
