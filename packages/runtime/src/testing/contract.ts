import { describe, expect, test } from "vitest";
import type { Executor, TensorHandle } from "../executor.ts";
import { gather, scale } from "./kernels.ts";
import { added, buffer, doubled, f32Bytes, f32Values, gathered, over, program, scaled } from "./programs.ts";

const budgetBytes = 1 << 20;

function uploaded(executor: Executor, numbers: readonly number[]): TensorHandle {
  return executor.upload(f32Bytes(numbers), { dtype: "f32", shape: [numbers.length] });
}

function ramp(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i - 7);
}

async function values(executor: Executor, tensor: TensorHandle | undefined): Promise<number[]> {
  return f32Values(await executor.read(tensor ?? "nothing"));
}

interface Law {
  readonly rule: string;
  readonly holds: (executor: Executor) => Promise<void>;
}

const laws: readonly Law[] = [
  {
    rule: "[X1] what was uploaded is read back, whole or in any range of bytes",
    holds: async (executor) => {
      const bytes = Uint8Array.from({ length: 40 }, (_, i) => i * 5);
      const tensor = executor.upload(bytes, { dtype: "u32", shape: [2, 5] });
      expect(executor.typeOf(tensor)).toEqual({ dtype: "u32", shape: [2, 5] });
      expect(await executor.read(tensor)).toEqual(bytes);
      expect(await executor.read(tensor, { start: 3, end: 21 })).toEqual(bytes.slice(3, 21));
      expect(await executor.read(tensor, { start: 9, end: 9 })).toEqual(new Uint8Array());
    },
  },

  {
    rule: "[X2] upload copies: later changes of the bytes are not seen",
    holds: async (executor) => {
      const bytes = f32Bytes([1, 2, 3]);
      const tensor = executor.upload(bytes, { dtype: "f32", shape: [3] });
      bytes.fill(0);
      expect(await values(executor, tensor)).toEqual([1, 2, 3]);
    },
  },

  {
    rule: "[X3] a program runs over its grid, also where the last block is not full",
    holds: async (executor) => {
      const x = uploaded(executor, ramp(1000));
      const { outputs, timings } = await executor.run(scaled(x, 1000, 3));
      expect(await values(executor, outputs[0])).toEqual(ramp(1000).map((value) => value * 3));
      expect(timings).toMatchObject([{ kernel: expect.any(String) as string, dispatches: 1 }]);
    },
  },

  {
    rule: "[X4] results are read in any range of bytes",
    holds: async (executor) => {
      const { outputs } = await executor.run(scaled(uploaded(executor, ramp(100)), 100, 2));
      const [y = ""] = outputs;
      const whole = await executor.read(y);
      expect(whole.length).toBe(400);
      for (const [start, end] of [
        [0, 1],
        [5, 11],
        [2, 399],
        [397, 400],
      ] as const)
        expect(await executor.read(y, { start, end })).toEqual(whole.slice(start, end));
    },
  },

  {
    rule: "[X5] programs run in the order they were given, and a read waits for them",
    holds: async (executor) => {
      const x = uploaded(executor, ramp(64));
      const order: string[] = [];
      const first = executor.run(doubled(x, 64, 20)).then((result) => {
        order.push("long");
        return result;
      });
      const second = executor.run(scaled(x, 64, 5)).then((result) => {
        order.push("short");
        return result;
      });
      const [long, short] = await Promise.all([first, second]);
      expect(order).toEqual(["long", "short"]);
      expect(await values(executor, long.outputs[0])).toEqual(ramp(64).map((value) => value * 2 ** 20));
      expect(await values(executor, short.outputs[0])).toEqual(ramp(64).map((value) => value * 5));
    },
  },

  {
    rule: "[X6] buffers that must be zero are, whatever was in that memory before",
    holds: async (executor) => {
      const x = uploaded(executor, ramp(128));
      for (let turn = 0; turn < 3; turn++) {
        const { outputs } = await executor.run(gathered(x, 128));
        expect(await values(executor, outputs[0])).toEqual(ramp(128));
        outputs.forEach((output) => executor.free(output));
      }
    },
  },

  {
    rule: "[X7] an output may be an input, and two outputs may be one buffer; each handle lives on its own",
    holds: async (executor) => {
      const x = uploaded(executor, [1, 2]);
      const buffers = [buffer(2, "input", { tensor: x }), buffer(2, "output")];
      const { outputs } = await executor.run(program(buffers, [scale], [over(2, 0, [0, 1], 4)], [1, 0, 1]));
      const [a = "", b = "", c = ""] = outputs;
      executor.free(x);
      executor.free(a);
      expect(await values(executor, b)).toEqual([1, 2]);
      expect(await values(executor, c)).toEqual([4, 8]);
      expect(executor.memory().tensors).toBe(2);
    },
  },

  {
    rule: "[X8] a tensor without elements runs and reads as nothing",
    holds: async (executor) => {
      const x = executor.upload(new Uint8Array(), { dtype: "f32", shape: [0, 4] });
      const { outputs } = await executor.run(scaled(x, 0, 2));
      expect(await values(executor, outputs[0])).toEqual([]);
    },
  },

  {
    rule: "[X9] freeing gives the memory back; a freed or unknown tensor is refused by name",
    holds: async (executor) => {
      const before = executor.memory().liveBytes;
      const x = uploaded(executor, ramp(256));
      const { outputs } = await executor.run(scaled(x, 256, 2));
      expect(executor.memory().liveBytes).toBeGreaterThanOrEqual(before + 2048);
      for (const tensor of [x, ...outputs]) executor.free(tensor);
      expect(executor.memory().liveBytes).toBe(before);
      expect(executor.memory().tensors).toBe(0);
      const unknown = { code: "executor/unknown-tensor" };
      await expect(executor.read(x)).rejects.toMatchObject(unknown);
      await expect(executor.run(scaled(x, 256, 2))).rejects.toMatchObject(unknown);
      expect(() => executor.free(x)).toThrow(expect.objectContaining(unknown));
      expect(() => executor.typeOf(x)).toThrow(expect.objectContaining(unknown));
    },
  },

  {
    rule: "[X10] a tensor may be freed while a program that reads it is queued",
    holds: async (executor) => {
      const x = uploaded(executor, ramp(64));
      const running = executor.run(doubled(x, 64, 3));
      executor.free(x);
      expect(await values(executor, (await running).outputs[0])).toEqual(ramp(64).map((value) => value * 8));
    },
  },

  {
    rule: "[X11] beyond the budget: executor/out-of-memory with shape, sizes and a hint; what was there stays",
    holds: async (executor) => {
      const x = uploaded(executor, ramp(1000));
      const refusal = { code: "executor/out-of-memory" };
      expect(() => executor.upload(new Uint8Array(1 << 21), { dtype: "f32", shape: [512, 1024] })).toThrow(
        expect.objectContaining({
          ...refusal,
          message: expect.stringMatching(/\[512, 1024\].*2 MiB.*1 MiB/u) as string,
          hint: expect.any(String) as string,
        }),
      );
      const large = [
        buffer(1000, "input", { tensor: x }),
        buffer(200_000, "temporary"),
        buffer(200_000, "output"),
      ];
      const steps = [over(1000, 0, [0, 1], 2), over(1000, 0, [1, 2], 2)];
      const before = executor.memory();
      await expect(executor.run(program(large, [scale], steps, [2]))).rejects.toMatchObject(refusal);
      expect(executor.memory().liveBytes).toBe(before.liveBytes);
      expect(executor.memory().tensors).toBe(before.tensors);
      expect(await values(executor, x)).toEqual(ramp(1000));
    },
  },

  {
    rule: "[X12] temporaries are freed on the way: a long chain needs no more than its widest step",
    holds: async (executor) => {
      const n = 4096;
      const { peakBytes } = await executor.run(doubled(uploaded(executor, ramp(n)), n, 30));
      expect(peakBytes).toBeLessThanOrEqual(4 * n * 4);
      expect(peakBytes).toBeGreaterThanOrEqual(2 * n * 4);
      expect(executor.memory().peakBytes).toBeLessThanOrEqual(4 * n * 4);
    },
  },

  {
    rule: "[X20] more temporaries of one size than are kept for later may end in one submit",
    holds: async (executor) => {
      const n = 64;
      const x = uploaded(executor, ramp(n));
      const each = Array.from({ length: 30 }, (_, at) => at + 2);
      const buffers = [
        buffer(n, "input", { tensor: x }),
        buffer(n, "output", { zeroed: true }),
        ...each.map(() => buffer(n, "temporary")),
      ];
      const dispatches = [
        ...each.map((at) => over(n, 0, [0, at], 2)),
        ...each.map((at) => over(n, 1, [at, 1])),
      ];
      // Runs that were measured are submitted in larger slices.
      for (let run = 0; run < 3; run++) {
        const { outputs } = await executor.run(program(buffers, [scale, gather], dispatches, [1]));
        expect(await values(executor, outputs[0])).toEqual(ramp(n).map((value) => value * 2 * each.length));
      }
    },
  },

  {
    rule: "[X13] a stopped run ends with executor/interrupted, and the next one runs",
    holds: async (executor) => {
      const x = uploaded(executor, ramp(64));
      const stop = new AbortController();
      const running = executor.run(doubled(x, 64, 10), stop.signal);
      stop.abort();
      await expect(running).rejects.toMatchObject({ code: "executor/interrupted" });
      expect(await values(executor, (await executor.run(scaled(x, 64, 2))).outputs[0])).toEqual(
        ramp(64).map((value) => value * 2),
      );
      expect(executor.memory().tensors).toBe(2);
    },
  },

  {
    rule: "[X14] a failed program does not stop those behind it",
    holds: async (executor) => {
      const x = uploaded(executor, ramp(64));
      const wrong = program([buffer(64, "input", { tensor: x })], [scale], [over(64, 0, [0, 0], 1)], []);
      const bad = executor.run(wrong);
      const good = executor.run(scaled(x, 64, 2));
      await expect(bad).rejects.toMatchObject({ code: "executor/writes-input" });
      expect((await good).outputs.length).toBe(1);
    },
  },

  {
    rule: "[X15] data of the wrong length and ranges outside the tensor are refused",
    holds: async (executor) => {
      expect(() => executor.upload(new Uint8Array(12), { dtype: "f32", shape: [4] })).toThrow(
        expect.objectContaining({ code: "executor/wrong-size" }),
      );
      const x = uploaded(executor, [1, 2]);
      for (const [start, end] of [
        [-1, 4],
        [4, 2],
        [0, 9],
        [0.5, 4],
      ] as const)
        await expect(executor.read(x, { start, end })).rejects.toMatchObject({
          code: "executor/bad-range",
        });
    },
  },

  {
    rule: "[X16] a grid without programs runs nothing",
    holds: async (executor) => {
      const buffers = [buffer(4, "output", { zeroed: true })];
      const { outputs } = await executor.run(program(buffers, [], [], [0]));
      expect(await values(executor, outputs[0])).toEqual([0, 0, 0, 0]);
    },
  },

  {
    rule: "[X18] `settled` waits for all that was given before, also for what fails",
    holds: async (executor) => {
      const x = uploaded(executor, ramp(64));
      const order: string[] = [];
      const wrong = program([buffer(64, "input", { tensor: x })], [scale], [over(64, 0, [0, 0], 1)], []);
      const runs = [
        executor.run(doubled(x, 64, 20)).then(() => order.push("long")),
        executor.run(wrong).catch(() => order.push("wrong")),
        executor.run(scaled(x, 64, 2)).then(() => order.push("short")),
      ];
      await executor.settled();
      order.push("settled");
      await Promise.all(runs);
      expect(order.toSorted()).toEqual(["long", "settled", "short", "wrong"]);
      expect(order.at(-1)).toBe("settled");
    },
  },

  {
    rule: "[X19] a buffer that begins as an input may take its memory: whoever reads that later finds what it held",
    holds: async (executor) => {
      const ones = uploaded(executor, ramp(500).fill(1));
      const first = uploaded(executor, ramp(500));
      let last = first;
      for (let turn = 1; turn <= 30; turn++) {
        const { outputs } = await executor.run(added(last, ones, 500, turn % 5 > 0));
        if (last !== first) executor.free(last);
        last = outputs[0] ?? "";
        if (turn % 7 === 3)
          expect(await values(executor, last)).toEqual(ramp(500).map((value) => value + turn));
      }
      expect(await values(executor, last)).toEqual(ramp(500).map((value) => value + 30));
      const { outputs } = await executor.run(added(last, ones, 500, true));
      expect(await values(executor, last)).toEqual(ramp(500).map((value) => value + 30));
      expect(await values(executor, outputs[0])).toEqual(ramp(500).map((value) => value + 31));
      expect(await values(executor, first)).toEqual(ramp(500));
      for (const tensor of [...outputs, last, first, ones]) executor.free(tensor);
      expect(executor.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
    },
  },

  {
    rule: "[X21] taking the memory of what somebody else reads is refused",
    holds: async (executor) => {
      const x = uploaded(executor, ramp(64));
      const refused = { code: "executor/bad-program" };
      const { kernels, dispatches, buffers } = added(x, uploaded(executor, ramp(64)), 64, true);
      const wrong = [
        added(x, x, 64, true),
        program(buffers, kernels, dispatches, [2, 0]),
        program(buffers, kernels, [over(64, 0, [0, 2])], [2]),
        program(
          buffers.map((one) => ({ ...one, bytes: 256 + (one.role === "output" ? 16 : 0) })),
          kernels,
          dispatches,
          [2],
        ),
      ];
      for (const one of wrong) await expect(async () => executor.run(one)).rejects.toMatchObject(refused);
    },
  },

  {
    rule: "[X17] after close every method fails with executor/closed, also runs that wait",
    holds: async (executor) => {
      const x = uploaded(executor, ramp(64));
      const waiting = [executor.run(doubled(x, 64, 50)), executor.run(scaled(x, 64, 2))];
      const settled = Promise.allSettled(waiting);
      executor.close();
      const gone = { code: "executor/closed" };
      for (const result of await settled)
        expect(result).toMatchObject({ status: "rejected", reason: expect.objectContaining(gone) as Error });
      expect(() => uploaded(executor, [1])).toThrow(expect.objectContaining(gone));
      await expect(executor.read(x)).rejects.toMatchObject(gone);
      await expect(executor.run(scaled(x, 64, 2))).rejects.toMatchObject(gone);
      executor.close();
    },
  },
];

/** What every executor must do. Each implementation's test file is one call of this. */
export function itBehavesLikeAnExecutor(
  name: string,
  open: (budgetBytes: number) => Promise<Executor>,
): void {
  describe(`${name} is an executor`, () => {
    test.for(laws)("$rule", async ({ holds }) => {
      const executor = await open(budgetBytes);
      try {
        await expect(holds(executor)).resolves.toBeUndefined();
      } finally {
        executor.close();
      }
    });
  });
}
