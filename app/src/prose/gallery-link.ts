/**
 * Where a link to a file beside the notebook leads in the app: notebooks and pages of the gallery link to each other as
 * files, so that they also do where somebody else shows the Markdown.
 */
export function galleryLink(address: string, names: readonly string[]): string | undefined {
  const name = /^(?![a-z]+:|\/\/)(?:[\w./-]*\/)?([\w-]+)(?:\.nb)?\.md(?:#.*)?$/i.exec(address)?.[1];
  return name !== undefined && names.includes(name) ? `#g=${name}` : undefined;
}
