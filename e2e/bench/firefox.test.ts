import { describe, expect, test } from "vitest";
import { firefoxResult } from "./firefox.ts";

const printed = `Firefox/153.7 ["shader-f16"]
matmul-512         tilebook      22.1 ms  first   300 ms  error 2.1e-7 
matmul-512         jax           60.0 ms  first   450 ms  error NaN some | message
gemv-2048          ort       Evaluation failed: no device
`;

describe("what the harness prints in Firefox", () => {
  const spec = { flops: 1, bytes: 2 };
  const { cases } = firefoxResult(printed, { "matmul-512": spec, "gemv-2048": spec });

  test("[F1] is read line by line", () => {
    expect(cases["matmul-512"]).toEqual({
      spec,
      engines: {
        tilebook: { wallMs: 22.1, firstMs: 300, error: 2.1e-7 },
        jax: { wallMs: 60, firstMs: 450, error: null },
      },
    });
  });

  test("[F2] a line without numbers is a failure, and other lines are no cases", () => {
    expect(cases["gemv-2048"]?.engines).toEqual({
      ort: { failed: "ort       Evaluation failed: no device" },
    });
    expect(Object.keys(cases)).toHaveLength(2);
  });
});
