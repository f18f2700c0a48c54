import type { Parsed } from './parsed.ts';

/** Reads what becomes an app id, and as such a part of shared frontends. */
export function parseId(text: string): Parsed<string> {
  const id = text.trim();
  return ID.test(id) ? { value: id } : { must: 'must be an app id: letters, digits and ._/-' };
}

/** Reads a word that only programs for deploys look at. */
export function parseWord(text: string): Parsed<string> {
  const word = text.trim();
  return /^[\w.-]{1,100}$/.test(word) ? { value: word } : { must: 'must be a word of letters, digits and ._-' };
}

const ID = /^[A-Za-z0-9._/-]{1,1000}$/;
