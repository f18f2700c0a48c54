/** Returns what is wrong, as a sentence without its full stop; undefined if every URL answers with status 200. */
export async function healthFault(urls: readonly string[]): Promise<string | undefined> {
  if (urls.length === 0) return 'no HAProxy with a health check (monitor-uri) runs here';
  for (const url of urls) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2500) }).catch((error: Error) => error);
    if (answer instanceof Error)
      return `HAProxy does not answer at ${url}: ${answer.cause instanceof Error ? answer.cause.message : answer.message}`;
    if (answer.status !== 200) return `HAProxy answers ${answer.status} at ${url}`;
  }
  return undefined;
}
