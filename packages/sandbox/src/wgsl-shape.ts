import type { Admitted, RawBinding, RawOverride } from "@tilebook/runtime";

/** What an entry point of a WGSL cell asks for: how other cells call it. */
export interface WgslEntry {
  readonly entry: string;
  readonly workgroupSize: readonly number[];
  readonly bindings: readonly WgslBinding[];
  readonly overrides: readonly RawOverride[];
}

export interface WgslBinding extends Pick<RawBinding, "name" | "access" | "type"> {
  /** It may get plain numbers instead of a tensor. */
  readonly numbers: boolean;
}

export function shapeOf({ entry, workgroupSize, bindings, overrides }: Admitted): WgslEntry {
  return {
    entry,
    workgroupSize,
    bindings: bindings.map(({ name, access, type, layout }) => ({
      name,
      access,
      type,
      numbers: layout !== undefined,
    })),
    overrides,
  };
}
