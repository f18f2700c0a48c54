/** Another service decides who may pass. */
import { hostOfUrl } from '../../values/auth/forward-auth.ts';
import { orPreflight } from './protection.ts';
import { type LabelledService, type LabelRow, without } from './row.ts';

export const forwardAuth = [
  {
    name: 'AUTH_URL',
    group: 'protection',
    per: 'service',
    type: 'auth address',
    guards: true,
    isSecret: true,
    description:
      'Each request is described to this address before it goes to a task: a GET with its headers, without its body, and X-Forwarded-Method, -Proto, -Host, -Uri and -For. An answer of 2xx lets it pass; 401, 403 and redirects are sent to the client; anything else, or none within 4 s (HAProxy 2.6: 8 s), is 503. Its host must be one of `--auth-hosts`. HAProxy logs the address: it is no place for a secret.',
    example: 'https://auth.example.com/check',
    needs: 'http',
    trait: (url) => `${hostOfUrl(url)} is asked who may pass`,
    renders: { into: 'backend', stage: 'auth', lines: askLines },
  },
  {
    name: 'AUTH_SIGNIN',
    group: 'protection',
    per: 'service',
    type: 'sign-in page',
    refused: 'label',
    description:
      'Where a GET or HEAD is redirected if AUTH_URL answers 401, with the address that was asked for as the parameter `rd`: an address, or a path of the same host, which must be of a service without AUTH_URL.',
    example: 'https://auth.example.com/start',
    lacks: without('AUTH_URL'),
    trait: (page) => `who is not logged in is sent to ${page.replace(/\?.*/, '')}`,
    renders: [],
  },
  {
    name: 'AUTH_HEADERS',
    group: 'protection',
    per: 'service',
    type: 'auth headers',
    description:
      'Headers of an answer of AUTH_URL that the task gets with the request, separated by commas. Those of these names that the client sends never reach it.',
    example: 'X-User,X-Groups',
    lacks: without('AUTH_URL'),
    trait: (names) => `the task gets ${names.replaceAll(',', ', ')} from there`,
    renders: [],
  },
] as const satisfies readonly LabelRow[];

function askLines(url: string, { typed }: LabelledService): readonly string[] {
  const headers = (typed?.['AUTH_HEADERS'] as string | undefined) ?? '-';
  const page = (typed?.['AUTH_SIGNIN'] as string | undefined) ?? '-';
  const others = orPreflight(typed);
  const isAsked = others === '' ? '' : ` unless${others.slice(' or'.length)}`;
  // Only what the Lua file lets pass passes: HAProxy goes on after an error of it.
  return [
    'http-request set-var(txn.label_auth) bool(false)',
    `http-request lua.forward_auth ${url} ${headers} ${page}${isAsked}`,
    `http-request deny deny_status 503 unless { var(txn.label_auth) -m bool }${others}`,
  ];
}
