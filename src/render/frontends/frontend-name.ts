/** Names of the frontends that 1.15 names like their backends: the service's own one, and that of a vhost with `--group-https-by-vhost`. */
import type { HaproxyFeatures } from '../../config/versions/version.ts';

/** Returns the frontend's name: that of its backend, or `<backend>_in` if HAProxy wants the two to differ. */
export function frontendName(backend: string, { sharedNames }: Pick<HaproxyFeatures, 'sharedNames'>): string {
  return sharedNames ? backend : `${backend}_in`;
}

/**
 * Returns a filled template with the frontend's name in its section line. Templates of labels, files and the environment are written for
 * 1.15's layout (`frontend {backend}`), so that the text is corrected here, once, for default templates and labels.
 */
export function withFrontendName(text: string, backend: string, haproxy: Pick<HaproxyFeatures, 'sharedNames'>): string {
  const name = frontendName(backend, haproxy);
  if (name === backend) return text;
  return text.replaceAll(SECTION_LINE, (line, head: string, found: string) => (found === backend ? `${head}${name}` : line));
}

const SECTION_LINE = /^([ \t]*frontend[ \t]+)(\S+)/gm;
