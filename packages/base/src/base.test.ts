import { anything, assert, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  aBoolean,
  anArray,
  anInteger,
  anObject,
  aString,
  decode,
  decodeJson,
  Emitter,
  Fault,
  faultData,
  faultFrom,
  hashText,
  ManualClock,
  optional,
  positionAt,
  seeded,
  tagged,
} from "./index.ts";

describe("fault", () => {
  test("[F1] a fault survives the way through plain data, cause and all", () => {
    const inner = new Fault("a/b", "inner", { span: { source: "c1", start: 1, end: 2 } });
    const data = faultData(new Fault("c/d", "outer", { hint: "try this", cause: inner }));
    expect(faultData(faultFrom(structuredClone(data)))).toEqual(data);
    expect(data.cause?.span?.start).toBe(1);
  });
  test("[F2] anything thrown becomes a fault with a code", () => {
    expect(faultData(new TypeError("x")).message).toBe("TypeError: x");
    expect(faultData("odd").code).toBe("runtime/error");
  });
  test("[F3] a cycle of causes ends", () => {
    const a = new Fault("a", "a");
    Object.defineProperty(a, "cause", { value: a });
    expect(JSON.stringify(faultData(a)).length).toBeLessThan(500);
  });
});

describe("decode", () => {
  const thing = anObject({ n: anInteger(0, 9), s: optional(aString(3)), list: anArray(aBoolean, 2) });
  const code = (value: unknown): string => {
    try {
      decode(thing, value);
      return "fine";
    } catch (error) {
      return error instanceof Fault ? error.code : "not a fault";
    }
  };

  test("[D1] copies only named fields, into a fresh object", () => {
    const input = JSON.parse('{"n":1,"list":[true],"extra":1,"__proto__":{"polluted":true}}') as unknown;
    const out = decode(thing, input);
    expect(Object.keys(out)).toEqual(["n", "list"]);
    expect(Reflect.get(out, "polluted")).toBeUndefined();
  });
  test("[D2] out of bounds, wrong type and inherited fields are refused with a code", () => {
    expect(code({ n: 10, list: [] })).toBe("decode/range");
    expect(code({ n: 1.5, list: [] })).toBe("decode/type");
    expect(code({ n: 1, s: "long!", list: [] })).toBe("decode/range");
    expect(code({ n: 1, list: [true, true, true] })).toBe("decode/range");
    expect(code(Object.create({ n: 1, list: [] }))).toBe("decode/type");
  });
  test("[D3] a union is told apart by its tag, and only by its own variants", () => {
    const union = tagged("kind", { a: anObject({ x: anInteger(0, 1) }), b: anObject({}) });
    expect(decode(union, { kind: "a", x: 1 })).toEqual({ kind: "a", x: 1 });
    expect(() => decode(union, { kind: "constructor" })).toThrow(Fault);
  });
  test("[D4] whatever comes in, only a Fault comes out", () => {
    assert(
      property(anything(), (value) => {
        expect(["fine", "decode/type", "decode/range"]).toContain(code(value));
      }),
    );
  });
  test("[D5] JSON that is no JSON or too long is refused", () => {
    expect(() => decodeJson(thing, "{", 100)).toThrow(expect.objectContaining({ code: "decode/json" }));
    expect(() => decodeJson(thing, "{}".padEnd(200), 100)).toThrow(
      expect.objectContaining({ code: "decode/range" }),
    );
  });
});

describe("small things", () => {
  test("[S1] positions count lines and columns from 1, and clamp", () => {
    expect(positionAt("ab\ncd", 4)).toEqual({ line: 2, column: 2 });
    expect(positionAt("ab\ncd", 99)).toEqual({ line: 2, column: 3 });
    expect(positionAt("", -1)).toEqual({ line: 1, column: 1 });
  });
  test("[S2] a manual clock calls what is due, in order, and what those calls ask for", () => {
    const clock = new ManualClock();
    const seen: string[] = [];
    clock.after(20, () => seen.push("b"));
    clock.after(10, () => {
      seen.push("a");
      clock.after(5, () => seen.push("a2"));
    });
    const cancel = clock.after(15, () => seen.push("never"));
    cancel();
    clock.advance(20);
    expect(seen).toEqual(["a", "a2", "b"]);
    expect(clock.now()).toBe(20);
  });
  test("[S3] a seed gives the same numbers again, all in [0, 1)", () => {
    const a = seeded(7);
    const b = seeded(7);
    const numbers = Array.from({ length: 1000 }, a);
    expect(numbers).toEqual(Array.from({ length: 1000 }, b));
    expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true);
    expect(Math.abs(numbers.reduce((sum, n) => sum + n) / 1000 - 0.5)).toBeLessThan(0.05);
  });
  test("[S4] hashes differ for texts that differ by one character", () => {
    assert(
      property(string({ minLength: 1 }), (text) => {
        expect(hashText(text)).not.toBe(hashText(`${text} `));
        expect(hashText(text)).toHaveLength(14);
      }),
    );
  });
  test("[S5] a listener that stopped hears nothing more", () => {
    const events = new Emitter<{ n: number }>();
    const seen: number[] = [];
    const stop = events.on("n", (n) => seen.push(n));
    events.emit("n", 1);
    stop();
    events.emit("n", 2);
    expect(seen).toEqual([1]);
  });
});
