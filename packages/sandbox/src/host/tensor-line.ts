import { anInteger, anObject, type Decoder, Fault, type FaultData, tagged } from "@tilebook/base";
import { aFault, anId } from "../protocol/common.ts";
import type { CellToGpu, GpuToCell } from "../protocol/tensors.ts";
import { Answers } from "./answers.ts";
import { type Line, openLine } from "./line.ts";

type Ask = Extract<CellToGpu, { readonly id: number }>;
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type Question = Without<Extract<Ask, { readonly type: "run" | "read" | "memory" }>, "id">;

/** What the app page can be answered: it asks for nothing else on this line. */
export type TensorAnswer =
  | { readonly type: "done"; readonly id: number }
  | Extract<GpuToCell, { readonly type: "bytes" | "memory" }>;

type Heard = TensorAnswer | { readonly type: "fault"; readonly id: number; readonly fault: FaultData };

const someBytes: Decoder<Uint8Array> = (value, path) => {
  if (value instanceof Uint8Array) return value;
  throw new Fault("decode/type", `${path} must be bytes`);
};
const aSize = anInteger(0, Number.MAX_SAFE_INTEGER);

const heard: Decoder<Heard> = tagged("type", {
  done: anObject({ id: anId }),
  bytes: anObject({ id: anId, bytes: someBytes }),
  memory: anObject({ id: anId, liveBytes: aSize, peakBytes: aSize }),
  fault: anObject({ id: anId, fault: aFault }),
});

/** A tensor line whose asking end is the app page, in the place of a cell worker. */
export class TensorLine {
  readonly #line: Line<CellToGpu>;
  readonly #answers: Answers<TensorAnswer> = new Answers();

  constructor(port: MessagePort, bad: (error: unknown) => void) {
    this.#line = openLine(port, {
      name: "tensors",
      decoder: heard,
      hear: (answer) => this.#hear(answer),
      bad,
    });
  }

  tell(message: Exclude<CellToGpu, { readonly id: number }>): void {
    this.#line.send(message);
  }

  ask(question: Question): Promise<TensorAnswer> {
    return this.#answers.ask((id) => this.#line.send({ ...question, id }));
  }

  /** Whether something was asked for and not answered yet. */
  get waits(): boolean {
    return this.#answers.size > 0;
  }

  /** What waits for an answer fails. */
  close(fault: Fault): void {
    this.#line.close();
    this.#answers.failAll(fault);
  }

  #hear(answer: Heard): void {
    if (answer.type === "fault") this.#answers.refuse(answer.id, answer.fault);
    else this.#answers.answer(answer.id, answer);
  }
}
