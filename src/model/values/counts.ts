/** Whole numbers and sizes. */
import type { Parsed } from './parsed.ts';

/** Reads a number from 1 to a million. */
export function parseCount(text: string): Parsed<number> {
  return parseBetween(text, 1, 1_000_000);
}

/** Reads a number from 0 to 10: each try more is time for which a client waits. */
export function parseTries(text: string): Parsed<number> {
  return parseBetween(text, 0, 10);
}

/** Reads a number from 0 to 100. */
export function parsePercent(text: string): Parsed<number> {
  return parseBetween(text, 0, 100);
}

/** Reads REDIRECT_CODE. */
export function parseRedirectCode(text: string): Parsed<number> {
  const code = Number(text);
  return [301, 302, 307, 308].includes(code) ? { value: code } : { must: 'must be 301, 302, 307 or 308' };
}

function parseBetween(text: string, least: number, most: number): Parsed<number> {
  const number = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : -1;
  return number >= least && number <= most ? { value: number } : { must: `must be a whole number from ${least} to ${most}` };
}
