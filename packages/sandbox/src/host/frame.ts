import { Fault } from "@tilebook/base";
import type { Greeting } from "../protocol/frame.ts";

/** A frame page that was greeted: the app's end of its port, and how to take the frame away. */
export interface Frame {
  readonly port: MessagePort;
  remove(): void;
}

export type OpenFrame = (nonce: string) => Frame;

/**
 * Puts the frame page into the document: invisible, opaque origin, scripts only. The page says one word to its
 * parent; if it really is our frame and really is opaque it gets one end of a channel, with a nonce that it must
 * repeat there. After that window messages mean nothing to either side.
 */
export function openFrame(url: string): OpenFrame {
  return (nonce) => {
    const element = frameElement();
    const { port1, port2 } = new MessageChannel();
    const greet = (event: MessageEvent<unknown>): void => {
      if (event.source !== element.contentWindow || event.origin !== "null") return;
      window.removeEventListener("message", greet);
      const greeting: Greeting = { type: "tilebook-sandbox", nonce };
      element.contentWindow?.postMessage(greeting, "*", [port2]);
    };
    window.addEventListener("message", greet);
    element.src = url;
    document.body.append(element);
    const remove = (): void => {
      window.removeEventListener("message", greet);
      port1.close();
      element.remove();
    };
    return { port: port1, remove };
  };
}

function frameElement(): HTMLIFrameElement {
  if (typeof document === "undefined") throw new Fault("sandbox/no-page", "the sandbox needs a page");
  const element = document.createElement("iframe");
  element.setAttribute("sandbox", "allow-scripts");
  element.setAttribute("aria-hidden", "true");
  element.tabIndex = -1;
  element.title = "Tilebook sandbox";
  element.style.cssText = "position:absolute;width:0;height:0;border:0;visibility:hidden";
  return element;
}
