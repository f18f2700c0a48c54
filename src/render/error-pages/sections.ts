/** Which answers the sections of a document name. */
import { hash } from 'node:crypto';
import type { Problem } from '../../model/problem.ts';
import type { ServiceDefinition } from '../../model/service.ts';
import type { Section } from '../document.ts';
import type { ErrorPageFile } from '../files/error-page.ts';
import type { ErrorPage } from './answer.ts';

/** What the folder of `--error-pages` has. */
export interface ErrorPages {
  /** For all; sorted by status. */
  readonly all: readonly ErrorPage[];
  /** Of its sub-folders, which apps choose by their label; sorted by name. */
  readonly sets: readonly { readonly name: string; readonly pages: readonly ErrorPage[] }[];
  /** Which files cannot be used, and why: a sentence each. */
  readonly faults: readonly string[];
}

/** Returns the line of a section of mode http that has the pages for all. */
export function defaultLine(pages: ErrorPages | undefined): string {
  return pages === undefined || pages.all.length === 0 ? '' : `  errorfiles ${DEFAULT}\n`;
}

/** Returns the line of a backend whose service has chosen a set. */
export function chosenLine(service: Pick<ServiceDefinition, 'typed' | 'mode'>, pages: ErrorPages | undefined): string {
  const set = chosenSet(service, pages);
  return set === undefined || set.pages.length === 0 ? '' : `  errorfiles ${DEFAULT}:${set.name}\n`;
}

/** Returns the statuses for which a service has a page. */
export function statusesOf(service: Pick<ServiceDefinition, 'typed' | 'mode'>, pages: ErrorPages | undefined): readonly number[] {
  if (pages === undefined) return [];
  return [...pages.all, ...(chosenSet(service, pages)?.pages ?? [])].map(({ status }) => status);
}

/** Returns what is wrong with the set that a service has chosen. */
export function unknownSet(
  { app, backend, index, typed, mode }: Pick<ServiceDefinition, 'app' | 'backend' | 'index' | 'typed' | 'mode'>,
  pages: ErrorPages | undefined,
): readonly Problem[] {
  const name = typed?.['ERROR_PAGES'];
  if (typeof name !== 'string' || mode !== 'http' || chosenSet({ typed, mode }, pages) !== undefined) return [];
  const label = `HAPROXY_${index}_ERROR_PAGES`;
  const names = pages?.sets.map((set) => set.name) ?? [];
  const known = names.length === 0 ? 'has none' : `has ${names.slice(0, 10).join(', ')}`;
  const where =
    pages === undefined ? 'this load balancer has no such pages (--error-pages)' : `the folder of --error-pages ${known}`;
  const detail = `${label} names ${name}, which is no set of error pages: ${where} (the service has the pages for all)`;
  return [
    { code: 'label-malformed', app, service: backend, label, detail, fix: `name a set that is there, or take ${label} away` },
  ];
}

/** Returns the sections of pages that others name, and the files that these name in a folder. */
export function errorSections(
  pages: ErrorPages | undefined,
  services: readonly Pick<ServiceDefinition, 'typed' | 'mode'>[],
  folder: string,
): { readonly sections: readonly Section[]; readonly files: readonly ErrorPageFile[] } {
  if (pages === undefined) return { sections: [], files: [] };
  const chosen = new Set(services.map((service) => chosenSet(service, pages)?.name));
  const sets = pages.sets.filter(({ name }) => chosen.has(name)).map((set) => ({ ...set, name: `${DEFAULT}:${set.name}` }));
  const used = [{ name: DEFAULT, pages: pages.all }, ...sets].filter((set) => set.pages.length > 0);
  const files = new Map<string, ErrorPageFile>();
  for (const { text } of used.flatMap((set) => set.pages)) {
    files.set(fileName(text), { kind: 'error page', name: fileName(text), text });
  }
  const sections = used.map((set): Section => {
    const lines = set.pages.map(({ status, text }) => `  errorfile ${status} ${folder}/${fileName(text)}\n`);
    return { kind: 'errors', name: set.name, blocks: [{ text: `http-errors ${set.name}\n${lines.join('')}` }] };
  });
  return { sections, files: [...files.values()].sort((one, other) => (one.name < other.name ? -1 : 1)) };
}

function chosenSet({ typed, mode }: Pick<ServiceDefinition, 'typed' | 'mode'>, pages: ErrorPages | undefined) {
  return mode === 'http' ? pages?.sets.find(({ name }) => name === typed?.['ERROR_PAGES']) : undefined;
}

function fileName(text: string): string {
  return `marathon-lb-error-${hash('sha256', text).slice(0, 16)}.http`;
}

/** No name that an operator is likely to give a section of the HEAD template. */
const DEFAULT = 'marathon-lb-errors';
