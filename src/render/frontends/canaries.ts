/** How a frontend chooses between a service and its canaries (`docs/decisions/088-labels-by-map.md`). */
import { hash } from 'node:crypto';
import { mapKey } from '../../model/labels/rows/row.ts';
import type { Canary, ServiceDefinition } from '../../model/service.ts';
import type { MapEntry } from '../files/map.ts';
import { requestTest } from './request-tests.ts';

/** A service, and what else decides where its requests go. */
export type RuledService = ServiceDefinition & { readonly canaries?: readonly Canary[] | undefined };

/** Returns the rules of a text with the variable in the place of the backend's name, which it is if nothing is set. */
export function withCanaries(text: string, { backend, canaries }: RuledService): string {
  if (canaries === undefined) return text;
  const target = `%[var(${variableOf(backend)},${backend})]`;
  return text.replaceAll(/^([ \t]*use_backend[ \t]+)(\S+)/gm, (line, start: string, name: string) =>
    name === backend ? start + target : line,
  );
}

/** Returns the service that such a target names. Returns undefined if it is none. */
export function mainIn(target: string): string | undefined {
  return /^%\[var\(txn\.label_canary_\w+,([^()]+)\)\]$/.exec(target)?.[1];
}

/** Returns the lines that choose for each request, to stand before the rules. */
export function canaryLines(service: RuledService, map: string): string {
  const { backend, canaries } = service;
  if (canaries === undefined) return '';
  const choice = variableOf(backend);
  const set = (name: string, condition: string): string => `http-request set-var(${choice}) str(${name}) if ${condition}`;
  const shareOf = ({ backend: name }: Canary): string => `str(${canaryKey(name)}),map(${map},0)`;
  const lines = [
    'http-request set-var(txn.label_draw) rand(100)',
    ...steadyDraw(service),
    // Each has what is below its bound and not below that of the one before it.
    ...canaries.toReversed().map((canary) => set(canary.backend, `{ ${shareOf(canary)},sub(txn.label_draw) gt 0 }`)),
    ...(hasCookies(service) ? cookieLines(backend, canaries, set, shareOf) : []),
    ...(service.typed?.['MAINTENANCE'] === undefined
      ? []
      : [`http-request unset-var(${choice}) if { str(${mapKey('MAINTENANCE', backend)}),map(${map}) -m found }`]),
    ...canaries.flatMap((canary) =>
      canary.matches.flatMap((match) => [
        set(canary.backend, requestTest(match)),
        ...(hasCookies(service)
          ? [`http-request set-var(${sideOf(backend)}) str(${digestOf(canary.backend)}) if ${requestTest(match)}`]
          : []),
      ]),
    ),
    `http-request unset-var(${choice}) unless { var(${choice}),nbsrv gt 0 }`,
  ];
  return lines.map((line) => `  ${line}\n`).join('');
}

/** Returns the bounds of the shares. Returns undefined if the service has no canary. */
export function canaryEntries({ canaries }: RuledService): readonly MapEntry[] | undefined {
  return canaries?.flatMap(({ backend, weight, upTo }) => (weight === 0 ? [] : [[canaryKey(backend), String(upTo)] as const]));
}

function canaryKey(backend: string): string {
  return `canary:${backend}`;
}

/** Names of variables have no hyphens, those of backends have. */
function variableOf(backend: string): string {
  return `txn.label_canary_${digestOf(backend)}`;
}

function sideOf(backend: string): string {
  return `txn.label_side_${digestOf(backend)}`;
}

function digestOf(backend: string): string {
  return hash('sha1', backend).slice(0, 10);
}

/** What keeps a client at its server without a cookie of HAProxy's keeps it at its side, too. */
function steadyDraw({ typed }: ServiceDefinition): readonly string[] {
  const [kind, name = ''] = ((typed?.['STICKY_BY'] as string | undefined) ?? '').split(' ');
  if (kind === 'source') return ['http-request set-var(txn.label_draw) src,crc32,mod(100)'];
  return kind === 'header'
    ? [`http-request set-var(txn.label_draw) req.hdr(${name}),crc32,mod(100) if { req.hdr(${name}) -m found }`]
    : [];
}

/** Whether a cookie keeps clients at their servers: another one then keeps them at their side. */
function hasCookies({ sticky, typed }: ServiceDefinition): boolean {
  return sticky || /^(?:app-)?cookie/.test((typed?.['STICKY_BY'] as string | undefined) ?? '');
}

function cookieLines(
  backend: string,
  canaries: readonly Canary[],
  set: (name: string, condition: string) => string,
  shareOf: (canary: Canary) => string,
): readonly string[] {
  const cookie = `canary_${digestOf(backend)}`;
  const side = sideOf(backend);
  const is = (name: string): string => `{ var(${side}) -m str ${digestOf(name)} }`;
  const keep = (name: string): string =>
    `http-response add-header Set-Cookie "${cookie}=${digestOf(name)}; Path=/; HttpOnly; SameSite=Lax" if { be_name ${name} } !${is(name)}`;
  return [
    `http-request set-var(${side}) req.cook(${cookie})`,
    // With a share of 100 nobody stays, with none nobody stays there.
    set(backend, [is(backend), ...canaries.map((canary) => `!{ ${shareOf(canary)} -m int ge 100 }`)].join(' ')),
    ...canaries.map((canary) => set(canary.backend, `${is(canary.backend)} { ${shareOf(canary)} -m int gt 0 }`)),
    ...[backend, ...canaries.map((canary) => canary.backend)].map(keep),
  ];
}
