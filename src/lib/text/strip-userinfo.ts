/** Removes `user:password@` from a URL, or from a text like one, before it is shown; in doubt it removes more. */
export function stripUserinfo(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1');
}
