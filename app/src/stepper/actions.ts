import { faultData } from "@tilebook/base";
import type {
  ProgramPlace,
  StepAnswer,
  StepFinding,
  StepRequest,
  StepTarget,
  StepView,
} from "@tilebook/sandbox";
import { step } from "../session/machine.ts";
import { changeSession, type Enlarged, openSession, type OpenSession } from "./store.ts";

/** After so many milliseconds a request is something one waits for. */
const PATIENCE_MS = 300;

/** What can be done with the session that is open. One thing after the other, in the order they were asked for. */

let last: Promise<void> = Promise.resolve();

function inTurn(act: (session: OpenSession) => Promise<void>): Promise<void> {
  last = last.then(async () => {
    const session = openSession();
    if (session === undefined) return;
    const { session: number } = session.opening;
    const timer = setTimeout(() => changeSession(number, { busy: "going" }), PATIENCE_MS);
    try {
      await act(session);
    } catch (error) {
      const { message, hint } = faultData(error);
      changeSession(number, { note: hint === undefined ? message : `${message}: ${hint}` });
    } finally {
      clearTimeout(timer);
      changeSession(number, { busy: undefined });
    }
  });
  return last;
}

/** What is asked about the session without its number. */
type Asked<T> = T extends StepRequest ? Omit<T, "session"> : never;

function ask({ opening }: OpenSession, request: Asked<StepRequest>): Promise<StepAnswer> {
  const { session } = opening;
  return step({ ...request, session }, (done, total) => changeSession(session, { busy: { done, total } }));
}

async function go(session: OpenSession, program: ProgramPlace, to: StepTarget): Promise<void> {
  const answer = await ask(session, { do: "go", program, to });
  if (answer.kind !== "view") return;
  const { session: number } = session.opening;
  changeSession(number, { view: answer, note: undefined });
  await look(session, answer);
}

/** The elements of what is enlarged, as they are now. A value that is not there any more is not shown. */
async function look(session: OpenSession, view: StepView): Promise<void> {
  const { session: number } = session.opening;
  const enlarged = openSession()?.enlarged;
  if (enlarged === undefined) return;
  const here = enlarged.kind === "buffer" || view.values.some(({ value }) => value === enlarged.value);
  const answer = here ? await ask(session, requestFor(session, enlarged, view)) : undefined;
  changeSession(number, { tile: answer?.kind === "tile" ? answer : undefined });
}

function requestFor({ opening }: OpenSession, { kind, value }: Enlarged, view: StepView): Asked<StepRequest> {
  if (kind === "tile") return { do: "tile", value };
  const columns = opening.buffers.find((buffer) => buffer.value === value)?.shape.at(-1) ?? 1;
  const focus = view.buffers.find((buffer) => buffer.value === value)?.focus ?? 0;
  return {
    do: "buffer",
    value,
    row: Math.max(0, Math.floor(focus / Math.max(1, columns)) - 8),
    column: Math.max(0, (focus % Math.max(1, columns)) - 16),
  };
}

const firstProgram: ProgramPlace = [0, 0, 0];

/** Goes somewhere in the program one is in. */
function goOn(target: (view: StepView) => StepTarget): Promise<void> {
  return inTurn(async (session) => {
    const { view } = session;
    if (view !== undefined) await go(session, view.program, target(view));
  });
}

export function restart(): Promise<void> {
  return inTurn((session) =>
    go(session, session.view?.program ?? firstProgram, { kind: "position", position: 0 }),
  );
}

export function next(): Promise<void> {
  return goOn(({ position }) => ({ kind: "position", position: position + 1 }));
}

export function previous(): Promise<void> {
  return goOn(({ position }) => ({ kind: "position", position: Math.max(0, position - 1) }));
}

export function nextTurn(): Promise<void> {
  return goOn(() => ({ kind: "turn" }));
}

export function toEnd(): Promise<void> {
  return goOn(() => ({ kind: "end" }));
}

/** On to the next time one of these ops is about to run. */
export function runTo(ops: readonly number[]): Promise<void> {
  return goOn(() => ({ kind: "ops", ops }));
}

/** To the first op of another program. */
export function chooseProgram(program: ProgramPlace): Promise<void> {
  return inTurn((session) => {
    const { grid } = session.opening;
    const inside = program.map((id, axis) => Math.max(0, Math.min(id, (grid[axis] ?? 1) - 1)));
    const [x = 0, y = 0, z = 0] = inside;
    return go(session, [x, y, z], { kind: "position", position: 0 });
  });
}

/** Shows a value or a buffer from near; the same one again puts it back. */
export function enlarge(wanted: Enlarged): Promise<void> {
  return inTurn(async (session) => {
    const { enlarged, opening, view } = session;
    const same = enlarged?.kind === wanted.kind && enlarged.value === wanted.value;
    changeSession(opening.session, { enlarged: same ? undefined : wanted, tile: undefined });
    if (view !== undefined) await look(session, view);
  });
}

/** Runs all programs and looks for trouble. */
export function lookForTrouble(): Promise<void> {
  return inTurn(async (session) => {
    const { session: number } = session.opening;
    changeSession(number, { findings: undefined, finding: undefined, busy: { done: 0, total: 0 } });
    const answer = await ask(session, { do: "look" });
    if (answer.kind === "findings") changeSession(number, { findings: answer });
  });
}

/** To the step that runs into it. */
export function goToFinding(finding: StepFinding): Promise<void> {
  return inTurn((session) => visit(session, finding));
}

async function visit(session: OpenSession, finding: StepFinding): Promise<void> {
  const { program, position } = finding;
  // Where it can be made, the step is made: what it did is to be seen.
  const race = finding.fault.code === "tile/race";
  await go(session, program, { kind: "position", position: race ? position : position + 1 });
  changeSession(session.opening.session, { finding });
}

/** To the last step of the whole launch that wrote this element. */
export function goToWriter(value: number, element: number): Promise<void> {
  return inTurn(async (session) => void (await findWriter(session, value, element)));
}

/** To what is to blame for an element: who wrote it last; when nobody did, what kept a program from it, if something did. */
export function goToOrigin(value: number, element: number): Promise<void> {
  return inTurn(async (session) => {
    if (await findWriter(session, value, element)) return;
    const answer = await ask(session, { do: "look" });
    if (answer.kind !== "findings") return;
    changeSession(session.opening.session, { findings: answer });
    const end = answer.findings.find(({ fault }) => !passing.includes(fault.code));
    if (end !== undefined) return visit(session, end);
    await showLastStep(session, value);
  });
}

/** What the first program did store is to be seen just before its end. */
async function showLastStep(session: OpenSession, value: number): Promise<void> {
  const { opening } = session;
  const note = openSession()?.note;
  changeSession(opening.session, { enlarged: { kind: "buffer", value }, tile: undefined });
  await go(session, firstProgram, { kind: "end" });
  const { position = 0 } = openSession()?.view ?? {};
  await go(session, firstProgram, { kind: "position", position: Math.max(0, position - 1) });
  changeSession(opening.session, { note });
}

/** Runs all programs, and goes to the first that ends in this fault. */
export function goToFault(code: string): Promise<void> {
  return inTurn(async (session) => {
    const answer = await ask(session, { do: "look" });
    if (answer.kind !== "findings") return;
    changeSession(session.opening.session, { findings: answer });
    const found = answer.findings.find(({ fault }) => fault.code === code);
    if (found !== undefined) await visit(session, found);
  });
}

/** After these a program goes on. */
const passing: readonly string[] = ["tile/race", "tile/uninitialised", "tile/store-conflict", "tile/nan"];

async function findWriter(session: OpenSession, value: number, element: number): Promise<boolean> {
  const { opening } = session;
  changeSession(opening.session, { asked: { value, element } });
  const answer = await ask(session, { do: "writer", value, element });
  if (answer.kind !== "writer") return false;
  const { place } = answer;
  const name = opening.buffers.find((buffer) => buffer.value === value)?.name ?? "";
  if (place === undefined) {
    changeSession(opening.session, { note: `No program writes element ${element} of ${name}.` });
    return false;
  }
  changeSession(opening.session, { enlarged: { kind: "buffer", value }, tile: undefined });
  await go(session, place.program, { kind: "position", position: place.position });
  const program = place.program.join(", ");
  changeSession(opening.session, { note: `Program ${program} wrote element ${element} of ${name} last.` });
  return true;
}

/** Ends what is under way; one stays where it has come to. */
export function stopStepping(): void {
  const session = openSession();
  if (session !== undefined) void ask(session, { do: "stop" }).catch(() => undefined);
}
