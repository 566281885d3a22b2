import type { MeshService } from "@tilebook/sandbox";
import type { Meshes, MeshesOptions } from "./meshes.ts";

/** The meshes of the open notebook. What they need is loaded when a cell asks for the first one. */
export class MeshDoor implements MeshService {
  readonly #options: MeshesOptions;
  #meshes: Promise<Meshes> | undefined;
  #isClosed = false;

  constructor(options: MeshesOptions) {
    this.#options = options;
  }

  open(wanted: Parameters<MeshService["open"]>[0]): ReturnType<MeshService["open"]> {
    return this.#there().then((meshes) => meshes.open(wanted));
  }

  run(...asked: Parameters<MeshService["run"]>): Promise<void> {
    return this.#there().then((meshes) => meshes.run(...asked));
  }

  read(tensor: string): Promise<Uint8Array> {
    return this.#there().then((meshes) => meshes.read(tensor));
  }

  peek(request: Parameters<MeshService["peek"]>[0]): ReturnType<MeshService["peek"]> {
    return this.#there().then((meshes) => meshes.peek(request));
  }

  link(...asked: Parameters<MeshService["link"]>): Promise<void> {
    return this.#there().then((meshes) => meshes.link(...asked));
  }

  log(...asked: Parameters<MeshService["log"]>): ReturnType<MeshService["log"]> {
    return this.#there().then((meshes) => meshes.log(...asked));
  }

  free(tensors: readonly string[]): void {
    void this.#meshes?.then((meshes) => meshes.free(tensors));
  }

  retain(tensors: readonly string[]): void {
    void this.#meshes?.then((meshes) => meshes.retain(tensors));
  }

  close(): void {
    this.#isClosed = true;
    void this.#meshes?.then((meshes) => meshes.close());
  }

  async #there(): Promise<Meshes> {
    this.#meshes ??= import("./meshes.ts").then((module) => {
      const meshes = new module.Meshes(this.#options);
      if (this.#isClosed) meshes.close();
      return meshes;
    });
    try {
      return await this.#meshes;
    } catch (cause) {
      this.#meshes = undefined;
      throw cause;
    }
  }
}
