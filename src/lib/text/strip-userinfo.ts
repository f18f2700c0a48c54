/** Takes `user:password@` out of a URL, or of what was meant as one, before it is shown; rather too much than too little. */
export function stripUserinfo(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1');
}
