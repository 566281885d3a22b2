import { type FormEvent, type ReactNode } from "react";
import { Budget } from "./budget.tsx";
import { canJoin } from "./checks.ts";
import { ChecksList } from "./checks-list.tsx";
import { HostCard } from "./host-card.tsx";
import { join } from "./start.ts";
import { store, useJoin } from "./store.ts";

/** Before the consent: who asks, what would happen, and what is lent. Nothing of the host was loaded, and it knows nothing yet. */
export function Asking(): ReactNode {
  const ready = useJoin((state) => canJoin(state.checks));
  const hasGpu = useJoin((state) => state.checks.gpu !== undefined);
  return (
    <form onSubmit={submit}>
      <h1>Lend this device{hasGpu && "’s GPU"}?</h1>
      <p className="join-lead">
        A notebook would like to compute on it, together with other devices.
        {!hasGpu && " This browser has no WebGPU, so it can help with its processor only."}
      </p>
      <HostCard />
      <Consent />
      <HideField />
      <ChecksList />
      <Budget />
      <NameField />
      <footer className="join-actions">
        <a className="button" href="./">
          No, thanks
        </a>
        <button type="submit" className="button" data-kind="main" disabled={!ready}>
          Join and compute
        </button>
      </footer>
    </form>
  );
}

function submit(event: FormEvent): void {
  event.preventDefault();
  void join();
}

function Consent(): ReactNode {
  const hidden = useJoin((state) => state.hidden);
  return (
    <section aria-label="What happens">
      <h2>What happens</h2>
      <dl className="consent">
        <dt>Runs here</dt>
        <dd>
          Compute kernels, checked and compiled by this page, in a closed frame without network and files. No
          program of the host runs here.
        </dd>
        <dt>They see</dt>
        <dd>
          The host, and guests who compute with you: the name below, this GPU and its speed, how fast the way
          between you is, what it computes
          {hidden ? ". Your network address only the hub sees." : ", and your network address."}
        </dd>
        <dt>Stays here</dt>
        <dd>Large tensors that were sent twice, in this browser, so that they need not be sent again.</dd>
        <dt>To stop</dt>
        <dd>Press Leave, or close this tab. It pauses while the tab is hidden or the battery is low.</dd>
      </dl>
    </section>
  );
}

/** Offered where the link names a hub, which relays for those who want it. */
function HideField(): ReactNode {
  const hidden = useJoin((state) => state.hidden);
  const hasHub = useJoin(({ opened }) => opened.kind === "link" && opened.link.hub !== undefined);
  if (!hasHub) return undefined;
  return (
    <label className="switch">
      <input
        type="checkbox"
        checked={hidden}
        onChange={(event) => store.setState({ hidden: event.currentTarget.checked })}
      />
      <span>Hide my network address: all goes by the host’s hub, slower</span>
    </label>
  );
}

/** At most as long as a room takes it. */
const longest = 40;

function NameField(): ReactNode {
  const name = useJoin((state) => state.name);
  return (
    <label className="name">
      <span>Name of this device in the room</span>
      <input
        type="text"
        value={name}
        maxLength={longest}
        autoComplete="off"
        required
        onChange={(event) => store.setState({ name: event.currentTarget.value })}
      />
    </label>
  );
}
