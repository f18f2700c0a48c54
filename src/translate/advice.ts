import type { HaproxyFeatures } from '../config/versions/version.ts';
import { translate } from './translate.ts';

/** Returns what to write in the place of a line that HAProxy refuses, because it gave up its words; undefined if the table has no row for it. */
export function adviceFor(line: string): string | undefined {
  for (const section of ['backend', 'frontend', 'global'] as const) {
    const { left, translations } = translate(line, { section, doublesBraces: false }, NEWEST);
    const [translation] = translations;
    if (left[0] !== undefined) return left[0].advice;
    if (translation !== undefined)
      return translation.lines.length === 0 ? 'take it away' : `write ${translation.lines.join(' and ')}`;
  }
  return undefined;
}

/** The HAProxy that gave up most. */
const NEWEST: HaproxyFeatures = {
  sharedNames: false,
  offersHttp2: true,
  httpchkHeaders: false,
  processBinding: false,
  misplacedOptions: false,
  setsLogLevelAtEnd: true,
  resumesForOthers: false,
  asksOcspResponders: true,
};
