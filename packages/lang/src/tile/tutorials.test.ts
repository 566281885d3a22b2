import { describe, expect, test } from "vitest";
import { at, launch, made, normal, sumOf, worst } from "../testing/launch.ts";

/**
 * Triton's tutorials, line by line: those that the gallery writes otherwise, or not at all. The rest are the notebooks vector-add,
 * matmul-ladder, dropout, layer-norm, fused-attention and block-scaled-matmul.
 */
describe("Triton's tutorials", () => {
  test("[V1] 02, fused softmax: each program walks over rows, as many apart as there are programs", () => {
    const [rows, columns] = [7, 20];
    const [input, output] = [normal(rows * columns), new Float64Array(rows * columns)];
    launch(
      `const softmax = kernel((output: Ptr, input: Ptr, input_row_stride: i32, output_row_stride: i32, n_rows: i32, n_cols: i32, BLOCK_SIZE: Const) => {
        const row_start = programId(0);
        const row_step = numPrograms(0);
        for (const row_idx of range(row_start, n_rows, row_step)) {
          const row_start_ptr = input + row_idx * input_row_stride;
          const col_offsets = arange(0, BLOCK_SIZE);
          const mask = col_offsets < n_cols;
          const row = load(row_start_ptr + col_offsets, mask, -Infinity);
          const row_minus_max = row - max(row, 0);
          const numerator = exp(row_minus_max);
          const denominator = sum(numerator, 0);
          store(output + row_idx * output_row_stride + col_offsets, numerator / denominator, mask);
        }
      });`,
      { grid: [3], constants: { BLOCK_SIZE: 32 } },
      [output, input, columns, columns, rows, columns],
    );
    const sums = made(rows, (r) => sumOf(columns, (c) => Math.exp(at(input, r * columns + c))));
    expect(
      worst(
        output,
        made(rows * columns, (i) => Math.exp(at(input, i)) / at(sums, Math.floor(i / columns))),
      ),
    ).toBeLessThan(1e-6);
  });

  test("[V2] 07, functions of libdevice", () => {
    const [x, y] = [normal(50), new Float64Array(50)];
    launch(
      `const asin_kernel = kernel((x_ptr: Ptr, y_ptr: Ptr, n_elements: i32, BLOCK_SIZE: Const) => {
        const offsets = programId(0) * BLOCK_SIZE + arange(0, BLOCK_SIZE);
        const mask = offsets < n_elements;
        store(y_ptr + offsets, asin(load(x_ptr + offsets, mask)), mask);
      });`,
      { grid: [4], constants: { BLOCK_SIZE: 16 } },
      [x, y, 50],
    );
    expect(
      worst(
        y,
        made(50, (i) => Math.asin(at(x, i))),
      ),
    ).toBeLessThan(1e-6);
  });

  test("[V3] 08, grouped GEMM: a while over the tiles of each problem; tables of offsets stand for pointers", () => {
    const sizes = [
      [20, 24, 40],
      [9, 33, 16],
    ] as const;
    const starts = sizes.map(([m, n, k], g) => {
      const before = sizes.slice(0, g);
      return [
        before.reduce((all, [a, , c]) => all + a * c, 0),
        before.reduce((all, [, b, c]) => all + b * c, 0),
        before.reduce((all, [a, b]) => all + a * b, 0),
        m * n * k,
      ];
    });
    const [a, b] = [normal(20 * 40 + 9 * 16), normal(40 * 24 + 16 * 33)];
    const c = new Float64Array(20 * 24 + 9 * 33);
    launch(
      `const grouped = kernel((a: Ptr, b: Ptr, c: Ptr, starts: Ptr<"i32">, sizes: Ptr<"i32">, group_size: i32, NUM_SM: Const, BM: Const, BN: Const, BK: Const) => {
        let tile_idx = programId(0);
        let last_problem_end = 0;
        for (const g of range(group_size)) {
          const gm = load(sizes + g * 3);
          const gn = load(sizes + g * 3 + 1);
          const gk = load(sizes + g * 3 + 2);
          const num_n_tiles = cdiv(gn, BN);
          const num_tiles = cdiv(gm, BM) * num_n_tiles;
          while (tile_idx >= last_problem_end && tile_idx < last_problem_end + num_tiles) {
            const tile_in_gemm = tile_idx - last_problem_end;
            const offs_am = idiv(tile_in_gemm, num_n_tiles) * BM + arange(BM);
            const offs_bn = tile_in_gemm % num_n_tiles * BN + arange(BN);
            const A = view(a + load(starts + g * 4), [gm, gk]);
            const B = view(b + load(starts + g * 4 + 1), [gk, gn]);
            let accumulator = zeros([BM, BN]);
            for (let kk = 0; kk < cdiv(gk, BK); kk++) {
              const offs_k = kk * BK + arange(BK);
              accumulator += dot(load(A, [offs_am, offs_k]), load(B, [offs_k, offs_bn]));
            }
            store(view(c + load(starts + g * 4 + 2), [gm, gn]), [offs_am, offs_bn], accumulator);
            tile_idx += NUM_SM;
          }
          last_problem_end += num_tiles;
        }
      });`,
      { grid: [3], constants: { NUM_SM: 3, BM: 16, BN: 16, BK: 16 } },
      [a, b, c, Float64Array.from(starts.flat()), Float64Array.from(sizes.flat()), 2],
    );
    const wanted = sizes.flatMap(([m, n, k], g) => {
      const [from = 0, beside = 0] = starts[g] ?? [];
      return made(m * n, (i) =>
        sumOf(k, (j) => at(a, from + Math.floor(i / n) * k + j) * at(b, beside + j * n + (i % n))),
      );
    });
    expect(worst(c, wanted)).toBeLessThan(1e-6);
  });

  test("[V4] 09, persistent matmul: tiles in groups, an epilogue of two halves", () => {
    const [m, n, k] = [40, 48, 24];
    const [a, b, c] = [normal(m * k), normal(k * n), new Float64Array(m * n)];
    launch(
      `const pid_of = (tile_id: Tile, num_pid_in_group: Tile, num_pid_m: Tile, GROUP_SIZE_M: number): [Tile, Tile] => {
        const first_pid_m = idiv(tile_id, num_pid_in_group) * GROUP_SIZE_M;
        const group_size_m = min(num_pid_m - first_pid_m, GROUP_SIZE_M);
        return [first_pid_m + tile_id % group_size_m, idiv(tile_id % num_pid_in_group, group_size_m)];
      };
      const persistent = kernel((a: View<"f32", ["M", "K"]>, b: View<"f32", ["K", "N"]>, c_ptr: Ptr, BM: Const, BN: Const, BK: Const, GROUP_SIZE_M: Const, NUM_SMS: Const) => {
        const [M, K] = a.shape;
        const N = b.shape[1];
        const num_pid_m = cdiv(M, BM);
        const num_pid_n = cdiv(N, BN);
        const num_pid_in_group = GROUP_SIZE_M * num_pid_n;
        const c = view(c_ptr, [M, N]);
        for (const tile_id of range(programId(0), num_pid_m * num_pid_n, NUM_SMS)) {
          const [pid_m, pid_n] = pid_of(tile_id, num_pid_in_group, num_pid_m, GROUP_SIZE_M);
          const offs_am = pid_m * BM + arange(BM);
          const offs_bn = pid_n * BN + arange(BN);
          let accumulator = zeros([BM, BN], "f32");
          for (const ki of range(cdiv(K, BK))) {
            const offs_k = ki * BK + arange(BK);
            accumulator = dot(load(a, [offs_am, offs_k]), load(b, [offs_k, offs_bn]), accumulator);
          }
          const acc = permute(reshape(accumulator, [BM, 2, BN / 2]), [0, 2, 1]);
          const [acc0, acc1] = split(acc);
          const half = pid_n * BN + arange(BN / 2);
          store(c, [offs_am, half], acc0.to(c_ptr.dtype));
          store(c, [offs_am, half + BN / 2], acc1.to(c_ptr.dtype));
        }
      });`,
      { grid: [4], constants: { BM: 16, BN: 16, BK: 16, GROUP_SIZE_M: 2, NUM_SMS: 4 } },
      [a, m, k, b, n, c],
    );
    expect(
      worst(
        c,
        made(m * n, (i) => sumOf(k, (j) => at(a, Math.floor(i / n) * k + j) * at(b, j * n + (i % n)))),
      ),
    ).toBeLessThan(1e-6);
  });
});
