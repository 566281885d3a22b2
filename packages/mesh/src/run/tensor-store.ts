import { Fault } from "@tilebook/base";
import type { TensorType } from "@tilebook/ir";
import { tensorBytes } from "@tilebook/runtime";
import type { Device } from "./device.ts";
import type { Held } from "./plan-run.ts";

/** Each costs something beside its bytes, of which it may have none. */
const mostTensors = 100_000;

/** Bytes that were sent once, named by their SHA-256. */
interface Content {
  readonly key: string;
  readonly held: Held;
  /** Names that it is held under. */
  users: number;
  /** It is not remembered any more, and goes with its last name. */
  isForgotten: boolean;
}

export interface TensorStoreOptions {
  readonly device: Device;
  /** The most bytes, of what is held and of what is only remembered. */
  readonly budgetBytes: number;
  /** The most of what is only remembered: half of the budget, by default. */
  readonly rememberedBytes?: number;
}

/**
 * The tensors that a peer holds for others, by name, within a budget. Those that came with the hash of their bytes are remembered when nobody holds them any more, as long as
 * there is room, the latest longest: then the same bytes need not be sent again.
 */
export class TensorStore {
  readonly #options: TensorStoreOptions;
  readonly #held = new Map<string, Held & { readonly content?: Content }>();
  /** The ones that nobody holds stand in the order in which they were let go. */
  readonly #contents = new Map<string, Content>();
  #bytes = 0;
  #spare = 0;

  constructor(options: TensorStoreOptions) {
    this.#options = options;
  }

  /** What is held: bytes of one content count once. */
  get memory(): { readonly tensors: number; readonly bytes: number } {
    return { tensors: this.#held.size, bytes: this.#bytes };
  }

  get(name: string): Held | undefined {
    return this.#held.get(name);
  }

  /** Fault `mesh/lie` where these are not the bytes of the type. */
  check(type: TensorType, bytes: number): void {
    if (tensorBytes(type) !== bytes) throw new Fault("mesh/lie", "a tensor has not the bytes of its type");
  }

  /** Sets room aside for bytes to come. Faults `mesh/lie` and `mesh/full`. */
  claim(type: TensorType, bytes: number): void {
    const { budgetBytes } = this.#options;
    this.check(type, bytes);
    if (this.#held.size >= mostTensors)
      throw new Fault("mesh/full", `the worker holds ${mostTensors} tensors, and takes no more`);
    if (this.#bytes + bytes > budgetBytes)
      throw new Fault("mesh/full", `the worker holds ${this.#bytes} of ${budgetBytes} bytes`);
    this.#makeRoom(budgetBytes - this.#bytes - bytes);
    this.#bytes += bytes;
  }

  /** Gives back what was claimed. */
  release(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Fault `mesh/taken`. */
  checkFree(name: string): void {
    if (this.#held.has(name)) throw new Fault("mesh/taken", `the tensor name ${name} is taken`);
  }

  /** Holds bytes whose room was claimed. Where it throws, who claimed it gives that back. `hash` is that of the bytes: the caller has checked it. */
  put(
    name: string,
    bytes: Uint8Array,
    { type, hash }: { readonly type: TensorType; readonly hash?: string },
  ): void {
    this.checkFree(name);
    const held = { type, handle: this.#options.device.upload(bytes, type) };
    const key = hash === undefined ? undefined : keyOf(hash, type);
    if (key === undefined || this.#contents.has(key)) return void this.#held.set(name, held);
    const content = { key, held, users: 1, isForgotten: false };
    this.#contents.set(key, content);
    this.#held.set(name, { ...held, content });
  }

  /** Holds under this name what was sent before, if it is still there. Fault `mesh/taken`. */
  take(name: string, hash: string, type: TensorType): boolean {
    this.checkFree(name);
    const content = this.#contents.get(keyOf(hash, type));
    if (content === undefined) return false;
    if (content.users === 0) {
      const bytes = tensorBytes(type);
      this.#spare -= bytes;
      this.#bytes += bytes;
    }
    content.users += 1;
    this.#held.set(name, { ...content.held, content });
    return true;
  }

  /** Holds a tensor of the device, in the place of what had its name. */
  keep(name: string, held: Held): void {
    this.free(name);
    this.#bytes += tensorBytes(held.type);
    this.#held.set(name, held);
  }

  /** Lets go of a tensor, if it is held. */
  free(name: string): void {
    const held = this.#held.get(name);
    if (held === undefined) return;
    this.#held.delete(name);
    const bytes = tensorBytes(held.type);
    const { content } = held;
    if (content === undefined) {
      this.#bytes -= bytes;
      return this.#options.device.free(held.handle);
    }
    content.users -= 1;
    if (content.users > 0) return;
    this.#bytes -= bytes;
    if (content.isForgotten) return this.#options.device.free(held.handle);
    this.#spare += bytes;
    this.#contents.delete(content.key);
    this.#contents.set(content.key, content);
    const { budgetBytes, rememberedBytes = budgetBytes / 2 } = this.#options;
    this.#makeRoom(Math.min(rememberedBytes, budgetBytes - this.#bytes));
  }

  /** Lets go of all, and remembers nothing. */
  clear(): void {
    for (const name of Array.from(this.#held.keys())) this.free(name);
    this.forget();
  }

  /** What was remembered is not there any more: the device was lost, say. What is held stays. */
  forget(): void {
    for (const content of Array.from(this.#contents.values())) {
      if (content.users === 0) this.#forget(content);
      else this.#contents.delete(content.key);
      content.isForgotten = true;
    }
  }

  /** Until no more than so many bytes are only remembered. */
  #makeRoom(most: number): void {
    for (const content of this.#contents.values()) {
      if (this.#spare <= most) return;
      if (content.users === 0) this.#forget(content);
    }
  }

  #forget({ key, held }: Content): void {
    this.#contents.delete(key);
    this.#spare -= tensorBytes(held.type);
    this.#options.device.free(held.handle);
  }
}

/** The same bytes as another type are another tensor. */
function keyOf(hash: string, { dtype, shape }: TensorType): string {
  return `${hash} ${dtype} ${shape.join()}`;
}
