/** The middleware `headers`. */
import { addRule, type Context, differs, lose, set } from './draft.ts';
import { isTrue, listOf } from './go-values.ts';
import type { Options } from './labels.ts';

export function applyHeaders(options: Options, { draft }: Context): void {
  for (const [side, name] of [
    ['customrequestheaders', 'REQUEST_HEADERS'],
    ['customresponseheaders', 'RESPONSE_HEADERS'],
  ] as const) {
    for (const [header, value] of options.takeBelow(`headers.${side}`)) {
      const rule = value === '' ? `del ${header}` : `set ${header}: ${value}`;
      addRule(draft, name, rule, options.label(`headers.${side}.${header.toLowerCase()}`));
    }
  }
  for (const [option, header, fixed] of RESPONSE) {
    const value = options.take(`headers.${option}`);
    if (value === undefined || (fixed !== undefined && !isTrue(value))) continue;
    addRule(draft, 'RESPONSE_HEADERS', `set ${header}: ${fixed ?? value}`, options.label(`headers.${option}`));
  }
  applySts(options, { draft });
  applyCors(options, { draft });
  if (isTrue(options.take('headers.sslredirect') ?? ''))
    set(draft, 'REDIRECT_TO_HTTPS', 'true', options.label('headers.sslredirect'));
}

/** Headers of answers: with the value of the option, or, if the option is true, with one of their own. */
const RESPONSE: readonly (readonly [option: string, header: string, fixed?: string])[] = [
  ['framedeny', 'X-Frame-Options', 'DENY'],
  ['customframeoptionsvalue', 'X-Frame-Options'],
  ['contenttypenosniff', 'X-Content-Type-Options', 'nosniff'],
  ['browserxssfilter', 'X-XSS-Protection', '1; mode=block'],
  ['custombrowserxssvalue', 'X-XSS-Protection'],
  ['contentsecuritypolicy', 'Content-Security-Policy'],
  ['referrerpolicy', 'Referrer-Policy'],
  ['permissionspolicy', 'Permissions-Policy'],
  ['featurepolicy', 'Feature-Policy'],
];

function applySts(options: Options, { draft }: Pick<Context, 'draft'>): void {
  const from = options.label('headers.stsseconds');
  const seconds = options.take('headers.stsseconds');
  const words = [
    ['stsincludesubdomains', 'includeSubDomains'],
    ['stspreload', 'preload'],
  ].flatMap(([option, word = '']) => (isTrue(options.take(`headers.${option}`) ?? '') ? [word] : []));
  options.take('headers.forcestsheader');
  if (seconds === undefined || seconds === '0') return;
  const value = [`max-age=${seconds}`, ...words].join('; ');
  addRule(draft, 'RESPONSE_HEADERS', `set Strict-Transport-Security: ${value}`, from);
  differs(draft, from, 'answers without TLS have the header too, where browsers pass over it');
}

function applyCors(options: Options, { draft }: Pick<Context, 'draft'>): void {
  const label = (option: string): string => options.label(`headers.accesscontrol${option}`);
  const take = (option: string): string | undefined => options.take(`headers.accesscontrol${option}`);
  const origins = listOf(take('alloworiginlist') ?? '');
  // Without them the labels have no effect, and `rest` says that nothing became of the other options.
  if (origins.length === 0) return;
  set(draft, 'CORS_ORIGINS', origins.join(','), label('alloworiginlist'));
  options.take('headers.addvaryheader');
  for (const [option, name] of [
    ['allowmethods', 'CORS_METHODS'],
    ['allowheaders', 'CORS_HEADERS'],
  ] as const) {
    const items = listOf(take(option) ?? '');
    // Without the label all headers may be sent.
    if (items.length > 0 && !(name === 'CORS_HEADERS' && items.includes('*'))) set(draft, name, items.join(','), label(option));
  }
  if (isTrue(take('allowcredentials') ?? '')) {
    if (origins.includes('*')) lose(draft, label('allowcredentials'), 'CORS_CREDENTIALS needs CORS_ORIGINS with names');
    else set(draft, 'CORS_CREDENTIALS', 'true', label('allowcredentials'));
  }
  const age = take('maxage');
  if (age !== undefined && age !== '0') set(draft, 'CORS_MAX_AGE', `${age}s`, label('maxage'));
  const exposed = take('exposeheaders');
  if (exposed !== undefined) {
    const rule = `set Access-Control-Expose-Headers: ${listOf(exposed).join(', ')}`;
    addRule(draft, 'RESPONSE_HEADERS', rule, label('exposeheaders'));
  }
}
