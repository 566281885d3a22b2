/**
 * How a tensor lies on the ranks of a mesh (OneFlow, arXiv 2110.15032): cut along an axis, whole on each, as terms of the right shape that
 * have to be put together by `op`; or whole on one rank, and nowhere else.
 */
export type Layout =
  | { readonly kind: "split"; readonly axis: number }
  | { readonly kind: "broadcast" }
  | { readonly kind: "partial"; readonly op: PartialOp }
  | { readonly kind: "at"; readonly rank: number };

export type PartialOp = "sum" | "max" | "min";

/** Where a value is wanted to lie. */
export interface Placement {
  /** Names the mesh: one graph is computed on one. */
  readonly mesh: string;
  /** Absent: as is best for those who read it. */
  readonly layout?: Layout;
}

/** As people write it: S(0), B, P, P(max), at 1. Equal texts are equal layouts. */
export function sayLayout(layout: Layout): string {
  switch (layout.kind) {
    case "broadcast":
      return "B";
    case "split":
      return `S(${layout.axis})`;
    case "partial":
      return layout.op === "sum" ? "P" : `P(${layout.op})`;
    case "at":
      return `at ${layout.rank}`;
  }
}

/** The mesh that a tensor of this name lies on. Names of this device's tensors are of another form. */
export function meshOf(handle: string): string | undefined {
  return /^mesh:([^:]+):/.exec(handle)?.[1];
}

export function meshHandle(mesh: string, name: string): string {
  return `mesh:${mesh}:${name}`;
}
