import { describe, expect, test } from "vitest";
import { bitRate, bytes, duration, percent, plural, shortTime, significant } from "./format.ts";

describe("format", () => {
  test("[P1] durations change their unit where people do", () => {
    expect([0.42, 4, 12.4, 999, 1234, 61_000, 125_000].map(duration)).toEqual([
      "0.4 ms",
      "4 ms",
      "12 ms",
      "999 ms",
      "1.2 s",
      "1 min 01 s",
      "2 min 05 s",
    ]);
  });
  test("[P1c] parts are whole percents where a tenth says nothing", () => {
    expect([0.0042, 0.058, 0.62, 1.04, 12].map(percent)).toEqual([
      "0.42 %",
      "5.8 %",
      "62 %",
      "104 %",
      "1,200 %",
    ]);
  });
  test("[P1b] kernels are timed in microseconds where milliseconds say little", () => {
    expect([0, 0.0421, 0.5, 1.2345, 340.2, 4200].map(shortTime)).toEqual([
      "0 µs",
      "42.1 µs",
      "500 µs",
      "1.23 ms",
      "340 ms",
      "4.2 s",
    ]);
  });
  test("[P2] bytes count in powers of 1,024", () => {
    expect([0, 1023, 1024, 1536, 12 * 1024 ** 2, 5 * 1024 ** 4].map(bytes)).toEqual([
      "0 B",
      "1023 B",
      "1 kB",
      "1.5 kB",
      "12 MB",
      "5 TB",
    ]);
  });
  test("[P3] significant digits keep integers whole and name what is not finite", () => {
    expect([0, 1797, -3, 0.5, 0.123456, 1.5e-7, 2.5e9, NaN, -Infinity].map((x) => significant(x))).toEqual([
      "0",
      "1,797",
      "-3",
      "0.5",
      "0.1235",
      "1.5e-7",
      "2.5e+9",
      "NaN",
      "-Inf",
    ]);
  });
  test("[P4] one is not many", () => {
    expect([plural(1, "cell"), plural(0, "cell"), plural(1200, "cell")]).toEqual([
      "1 cell",
      "0 cells",
      "1,200 cells",
    ]);
  });
  test("[P9] bit rates have two digits and no exponent", () => {
    expect([0.348, 9.94, 218, 994, 996, 1_240, 12_345].map(bitRate)).toEqual([
      "0.35 Mbit/s",
      "9.9 Mbit/s",
      "220 Mbit/s",
      "990 Mbit/s",
      "1 Gbit/s",
      "1.2 Gbit/s",
      "12 Gbit/s",
    ]);
  });
});
