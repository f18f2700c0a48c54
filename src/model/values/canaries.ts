/** Values of labels about canaries. */
import { APP_ID } from '../app-id.ts';
import type { Parsed } from './parsed.ts';

/** Reads CANARY_OF: an app id, with or without the index of a service port. */
export function parseServiceName(text: string): Parsed<string> {
  const name = text.trim();
  const { app } = readServiceName(name);
  return isAppId(app) ? { value: name } : { must: 'must be an app id and the index of a service port, such as /shop:0' };
}

/** Returns the two parts of a value of CANARY_OF. */
export function readServiceName(name: string): { readonly app: string; readonly index: number | undefined } {
  const [, app = '', index] = /^(.*?)(?::(\d{1,5}))?$/.exec(name) ?? [];
  return { app, index: index === undefined ? undefined : Number(index) };
}

/** Reads CANARIES: app ids, separated by commas. */
export function parseAppIds(text: string): Parsed<string> {
  const ids = text.split(/[\s,]+/).filter(Boolean);
  const isGood = ids.length > 0 && ids.length <= 100 && ids.every(isAppId);
  return isGood ? { value: ids.join(',') } : { must: 'must be app ids with their first slash, separated by commas: /lab/shop' };
}

function isAppId(text: string): boolean {
  return text.length <= 1000 && text.startsWith('/') && APP_ID.test(text);
}
