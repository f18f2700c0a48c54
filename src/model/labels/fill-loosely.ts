/**
 * Fills a template's text for reading, not for rendering: what cannot be filled stays as it is, as rendering refuses such a template with
 * its reason.
 */
export function fillLoosely(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{\{|\}\}|\{(\w+)\}/g, (token, name: string | undefined) => {
    if (name === undefined) return token.charAt(0);
    return String(values[name] ?? token);
  });
}
