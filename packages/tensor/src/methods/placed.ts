import { Fault } from "@tilebook/base";
import type { Layout } from "@tilebook/ir";
import { Mesh } from "../mesh/mesh.ts";
import { place } from "../nodes.ts";
import { Convolutions } from "./convolutions.ts";

/** Where a tensor lies. `types/mesh.ts` describes it to the editor. */
export abstract class Placed extends Convolutions {
  to(mesh: Mesh, layout?: Layout): this {
    return this.make((self) => {
      if (!(mesh instanceof Mesh)) throw notMesh(mesh);
      if (layout === undefined) return place(self, { mesh: mesh.id });
      mesh.check(layout, self.shape.length);
      return place(self, { mesh: mesh.id, layout });
    });
  }
}

function notMesh(given: unknown): Fault {
  const hint =
    given instanceof Promise
      ? "await it first: const room = await mesh()"
      : "write x.to(await mesh(2), sbp.split(0))";
  return new Fault("mesh/wanted", "to() takes a mesh, and how the tensor is to lie on it", { hint });
}
