import { Fault } from "@tilebook/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFrame, encodeFrame, type Frame, Kind, type KindNumber } from "./frame.ts";

const kinds: fc.Arbitrary<KindNumber> = fc.constantFrom(...Object.values(Kind));
const frames: fc.Arbitrary<Frame> = fc.record({
  kind: kinds,
  call: fc.nat(),
  value: fc.jsonValue(),
  body: fc.uint8Array({ maxLength: 200 }),
});

describe("frame", () => {
  test("[W1] what goes in comes out", () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const back = decodeFrame(encodeFrame(frame));
        expect(back).toEqual({ ...frame, value: JSON.parse(JSON.stringify(frame.value)) as unknown });
      }),
    );
  });
  test("[W2] a frame with any byte changed or cut is refused with a fault", () => {
    fc.assert(
      fc.property(
        frames,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (frame, at, flip, cut) => {
          const bytes = encodeFrame(frame);
          const place = at % bytes.length;
          // The call number is not summed: it names a call, and a wrong one is refused by whoever waits for it.
          fc.pre(cut || place < 4 || place >= 8);
          const bad = cut
            ? bytes.slice(0, place)
            : bytes.map((byte, index) => (index === place ? byte ^ flip : byte));
          // Another kind is still a good frame.
          fc.pre(cut || place !== 3);
          expect(() => decodeFrame(bad)).toThrow(Fault);
        },
      ),
    );
  });
  test("[W3] 20,000 frames of noise: never anything but a fault", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
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
