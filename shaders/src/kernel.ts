/** A hand-written kernel: its text and what one must know to launch it. `Sizes` is what its head calls the work. */
export interface Kernel<Sizes> {
  readonly name: string;
  readonly source: string;
  /** Where it begins; `main` when it is not said. */
  readonly entry?: string;
  /** Storage buffers in @binding order; the uniform block comes after them. */
  readonly bindings: readonly { readonly name: string; readonly access: "read" | "readwrite" }[];
  /** Scalars after grid_x, grid_y, grid_z, base and count in the uniform block, all u32. */
  readonly scalars: readonly (keyof Sizes & string)[];
  readonly threads: number;
  /** How many programs the linear grid has. */
  readonly programs: (sizes: Sizes) => number;
  /** Work of the whole grid. */
  readonly flops: (sizes: Sizes) => number;
  readonly bytes: (sizes: Sizes) => number;
}
