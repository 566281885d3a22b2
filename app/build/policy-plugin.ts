import type { Plugin } from "vite";

const monacoPolicies = [
  "defaultWorkerFactory",
  "diffEditorWidget",
  "diffReview",
  "domLineBreaksComputer",
  "editorGhostText",
  "editorViewLayer",
  "richScreenReaderContent",
  "standaloneColorizer",
  "stickyScrollViewLayer",
  "tokenizeToString",
];

/**
 * What the app page may do. Styles are inline because Monaco, KaTeX and Plot set them; scripts never are. It may read from anywhere by https, since a person
 * may name a file's address, and from relays over which rooms meet; cells run in frames that have no network.
 */
export const appPolicy: string = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self' https: wss: ws://127.0.0.1:* ws://localhost:*",
  "worker-src 'self' blob:",
  "frame-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  `trusted-types tilebook dompurify ${monacoPolicies.join(" ")} 'allow-duplicates'`,
].join("; ");

/** Puts the policy into the built page. The dev server needs inline scripts, so it has none. */
export function tilebookPolicy(): Plugin {
  return {
    name: "tilebook-policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: appPolicy },
        injectTo: "head-prepend",
      },
    ],
  };
}
