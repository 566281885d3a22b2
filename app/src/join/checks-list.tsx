import { Check, CircleAlert, LoaderCircle, X } from "lucide-react";
import type { ReactNode } from "react";
import { bytes } from "../shared/format.ts";
import type { Checks } from "./checks.ts";
import { sentence } from "./status.ts";
import { useJoin } from "./store.ts";

/** Gigabytes: less is little. */
const littleMemory = 2;

type Mark = "good" | "warn" | "bad" | "asking";

interface Finding {
  readonly mark: Mark;
  readonly title: string;
  readonly text: string;
}

/** What was found out about this device, before anything is loaded. */
export function ChecksList(): ReactNode {
  const checks = useJoin((state) => state.checks);
  return (
    <section aria-label="This device">
      <h2>This device</h2>
      <ul className="checks">
        {findings(checks).map(({ mark, title, text }) => (
          <li key={title} data-mark={mark}>
            <MarkIcon mark={mark} />
            <p>
              <b>{title}</b> {text}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function findings({ secure, connects, gpu, memory }: Checks): readonly Finding[] {
  const page: Finding = secure
    ? { mark: "good", title: "Secure page", text: "Keys and the GPU can be used." }
    : {
        mark: "bad",
        title: "No secure page",
        text: "Open it by https. Without it the browser gives no keys and no GPU.",
      };
  const connection: Finding = connects
    ? { mark: "good", title: "Direct connections", text: "Data goes from device to device." }
    : {
        mark: "bad",
        title: "No direct connections",
        text: "This browser has no WebRTC, or it is turned off.",
      };
  return [page, connection, gpuFinding(gpu), memoryFinding(memory)];
}

function memoryFinding(memory: Checks["memory"]): Finding {
  if (memory === "asking") return { mark: "asking", title: "Memory", text: "The browser is asked for it." };
  const { gigabytes, files, enough } = memory;
  const facts = [
    ...(gigabytes === undefined ? [] : [`about ${gigabytes} GB`]),
    ...(files === undefined ? [] : [`room for ${bytes(files)} of files`]),
  ];
  const said =
    facts.length === 0 ? "The browser does not say how much there is." : sentence(facts.join("; "));
  if (!enough)
    return { mark: "warn", title: "Little memory", text: `${said} Less than is lent below: choose less.` };
  const isSmall = gigabytes !== undefined && gigabytes < littleMemory;
  return isSmall
    ? { mark: "warn", title: "Little memory", text: `${said} Lend little of it.` }
    : { mark: "good", title: "Memory", text: `${said} You choose how much is lent.` };
}

function gpuFinding(gpu: Checks["gpu"]): Finding {
  if (gpu === "asking") return { mark: "asking", title: "GPU", text: "The browser is asked for it." };
  if (gpu === undefined)
    return {
      mark: "warn",
      title: "No WebGPU",
      text: "It can join with its processor, for small tasks. Chrome, Edge, Safari 26 and Firefox have WebGPU.",
    };
  const largest = `tensors up to ${bytes(gpu.largest)}`;
  if (gpu.software)
    return { mark: "warn", title: "GPU in software", text: `${gpu.name}: slow, but right; ${largest}.` };
  return { mark: "good", title: "GPU", text: `${gpu.name}; ${largest}.` };
}

function MarkIcon({ mark }: { readonly mark: Mark }): ReactNode {
  switch (mark) {
    case "good":
      return <Check size={16} aria-label="good" />;
    case "warn":
      return <CircleAlert size={16} aria-label="note" />;
    case "bad":
      return <X size={16} aria-label="missing" />;
    case "asking":
      return <LoaderCircle size={16} className="turning" aria-label="looking" />;
  }
}
