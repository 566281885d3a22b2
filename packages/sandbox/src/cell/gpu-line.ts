import { Fault, faultFrom } from "@tilebook/base";
import type { LaunchMessages } from "@tilebook/runtime";
import type { CellToGpu, GpuToCell } from "../protocol/tensors.ts";

type Ask = Extract<CellToGpu, { readonly id: number }>;
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What the GPU worker failed at, with what the launches printed before. */
export class AnswerFault extends Fault {
  readonly messages: readonly LaunchMessages[];

  constructor({ fault, messages = [] }: Extract<GpuToCell, { readonly type: "fault" }>) {
    const { code, message, span, hint, cause } = faultFrom(fault);
    super(code, message, { span, hint, cause });
    this.messages = messages;
  }
}

interface Waiting {
  readonly resolve: (answer: GpuToCell) => void;
  readonly reject: (fault: Fault) => void;
}

/** The cell worker's end of its channel to the GPU worker. Names tensors, and matches answers to questions. */
export class GpuLine {
  readonly #port: MessagePort;
  readonly #prefix: string;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #nextTensor = 1;

  /** `generation` keeps the names of this worker's tensors apart from those of the workers before it. */
  constructor(port: MessagePort, generation: number) {
    this.#port = port;
    this.#prefix = `${generation}.`;
    port.addEventListener("message", ({ data }: MessageEvent<GpuToCell>) => this.#hear(data));
    port.start();
  }

  /** A name no tensor had before. */
  name(): string {
    const name = `${this.#prefix}${this.#nextTensor}`;
    this.#nextTensor += 1;
    return name;
  }

  tell(message: Exclude<CellToGpu, { readonly id: number }>, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  ask(question: Without<Ask, "id">): Promise<GpuToCell> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage({ ...question, id }, []);
    });
  }

  /** Asks for something that makes these tensors. When the wait ends early they are freed as soon as they are there. */
  async make(question: Without<Ask, "id">, tensors: readonly string[]): Promise<GpuToCell> {
    try {
      return await this.ask(question);
    } catch (error) {
      for (const tensor of tensors) this.tell({ type: "free", tensor });
      throw error;
    }
  }

  /** Everything that still waits fails. Late answers are dropped. */
  rejectAll(fault: Fault): void {
    for (const { reject } of this.#waiting.values()) reject(fault);
    this.#waiting.clear();
  }

  #hear(answer: GpuToCell): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.type === "fault") waiting?.reject(new AnswerFault(answer));
    else waiting?.resolve(answer);
  }
}

/** The answer as the kind that was asked for. */
export function answerOf<T extends GpuToCell["type"]>(
  answer: GpuToCell,
  type: T,
): Extract<GpuToCell, { readonly type: T }> {
  if (answer.type === type) return answer as Extract<GpuToCell, { readonly type: T }>;
  throw new Fault("internal/answer", `the GPU worker answered ${answer.type} where ${type} was asked for`);
}
