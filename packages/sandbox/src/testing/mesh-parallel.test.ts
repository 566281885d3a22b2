import { describe, expect, test } from "vitest";
import { openMeshCell } from "./mesh-cell.ts";
import { compared, programs } from "./mesh-programs.ts";

describe("programs on a mesh", () => {
  for (const ranks of [2, 4, 8])
    test.each(Object.entries(programs))(
      `[MP1] ${ranks} ranks, %s: one device's values, and the bytes of the formula`,
      async (_, make) => {
        const program = make(ranks);
        const rig = await openMeshCell(ranks);
        const { off, bytes } = await compared(rig, program);
        rig.close();
        expect(bytes).toBe(program.bytes);
        expect(off).toBeLessThan(1e-4);
      },
    );
});
