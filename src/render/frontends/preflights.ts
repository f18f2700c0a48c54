/** Preflight requests of pages that CORS_ORIGINS names: browsers send them without a password. */
import { PREFLIGHT } from '../../model/labels/rows/rewriting.ts';
import type { ServiceDefinition } from '../../model/service.ts';

/**
 * Returns the rules of a service without asking preflight requests for a password, if its backend answers them. A condition of an own template
 * that cannot be read so asks for it as before: what is added to a line never lets another request pass.
 */
export function withOpenPreflights(text: string, service: ServiceDefinition): string {
  if (service.auth === undefined || service.mode !== 'http' || service.typed?.['CORS_ORIGINS'] === undefined) return text;
  return text.replaceAll(
    ASKS,
    (_, rule: string, condition: string) => `${rule}${condition} !${FIRST} or ${condition} !${SECOND}`,
  );
}

const ASKS = /^([ \t]*http-request auth realm (?:"(?:\\.|[^"\\\n])*"|\S+) if )(.*\S)[ \t]*$/gm;

/** Both make a preflight; HAProxy has no parentheses. */
const [FIRST, SECOND] = PREFLIGHT;
