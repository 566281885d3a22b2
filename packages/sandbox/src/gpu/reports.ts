import type { CompiledKernel, Program } from "@tilebook/compiler";
import type { KernelReport } from "@tilebook/notebook";
import type { KernelTiming } from "@tilebook/runtime";
import { limits } from "../protocol/common.ts";

interface Used {
  readonly kernel: CompiledKernel;
  dispatches: number;
  programs: number;
  milliseconds: number | undefined;
  readonly remarks: Program["remarks"];
}

/** What one run of a cell did with each kernel, added up over its programs. */
export class RunReports {
  readonly cell: string;
  peakBytes = 0;
  readonly #used = new Map<string, Used>();

  constructor(cell: string) {
    this.cell = cell;
  }

  add(program: Program, timings: readonly KernelTiming[], peakBytes: number): void {
    this.peakBytes = Math.max(this.peakBytes, peakBytes);
    for (const dispatch of program.dispatches) {
      const kernel = program.kernels[dispatch.kernel];
      const used = kernel === undefined ? undefined : this.#use(kernel, program);
      if (used === undefined) continue;
      used.dispatches += 1;
      used.programs += dispatch.grid[0] * dispatch.grid[1] * dispatch.grid[2];
    }
    for (const { kernel, milliseconds } of timings) {
      const used = this.#used.get(kernel);
      if (used !== undefined && milliseconds !== undefined)
        used.milliseconds = (used.milliseconds ?? 0) + milliseconds;
    }
  }

  all(): readonly KernelReport[] {
    return Array.from(this.#used.values(), ({ kernel, dispatches, programs, milliseconds, remarks }) => ({
      cell: this.cell,
      name: kernel.name,
      key: kernel.key,
      stages: kernel.stages,
      dispatches,
      programs,
      ...(milliseconds === undefined ? {} : { milliseconds }),
      counts: { ...kernel.counts },
      remarks,
    }));
  }

  #use(kernel: CompiledKernel, { remarks }: Program): Used | undefined {
    const known = this.#used.get(kernel.key);
    if (known !== undefined || this.#used.size >= limits.kernels) return known;
    const used: Used = { kernel, dispatches: 0, programs: 0, milliseconds: undefined, remarks };
    this.#used.set(kernel.key, used);
    return used;
  }
}
