import type { ReactNode } from "react";
import { KeyPicture } from "./key-picture.tsx";
import type { Acquaintance } from "./known-hosts.ts";
import { useJoin } from "./store.ts";
import { keyWords } from "@tilebook/mesh/link";

/** Who asks: a key in words and as a picture, and whether this device knows it. */
export function HostCard(): ReactNode {
  const opened = useJoin((state) => state.opened);
  if (opened.kind !== "link") return undefined;
  return (
    <section className="host-card" aria-label="Who asks">
      <KeyPicture id={opened.link.room} size={44} />
      <div>
        <h2>Asked by the host</h2>
        <p className="host-words">{opened.words}</p>
      </div>
      <Known before={opened.before} />
    </section>
  );
}

function Known({ before }: { readonly before: Acquaintance }): ReactNode {
  switch (before.kind) {
    case "first":
      return <p className="host-known">The host's screen shows the same four words. Compare them.</p>;
    case "same":
      return (
        <p className="host-known" data-kind="same">
          The same host as last time, {day(before.host.last)}.
        </p>
      );
    case "other":
      return (
        <p className="host-known" data-kind="other" role="alert">
          <b>Not the host of last time.</b> On {day(before.lastHost.last)} it was{" "}
          <span className="host-words">{keyWords(before.lastHost.id)}</span>
          {before.host === undefined
            ? ". Join only if you know who sent this link."
            : `, and this one asked before, ${day(before.host.last)}.`}
        </p>
      );
  }
}

function day(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
