/** All templates of one run, as the operator's files and environment and an app's labels make them. */
import type { RenderSettings } from '../../config/settings.ts';
import type { Translation } from '../../translate/translate.ts';
import { compile, type Template, TemplateError, type Values } from './expand.ts';
import { faultOf } from './validate.ts';
import { defaultHead, KEPT } from '../head.ts';
import { maxconnFor } from '../maxconn.ts';
import { asWritten, type Override, readBindOptions, readDefaultOptions, readOverride, formatTranslation } from './override.ts';
import { isTemplateName, templates, type TemplateName } from './defaults.ts';

/** A template replaced by a label cannot be filled, or would hurt other services. */
export class OverrideError extends TemplateError {
  readonly template: TemplateName;

  constructor(template: TemplateName, message: string) {
    super(message);
    this.template = template;
  }
}

export interface Library {
  /** HEAD of a document with so many listeners and servers that are checked. */
  head(sockets: number): string;
  /** Lines for frontends of mode tcp: HAProxy warns of an option of the default HEAD there. Empty if HEAD is the operator's. */
  readonly tcpLines: string;
  /** Fills a template; `overrides` are those of the service's labels. Throws an `OverrideError` where such a one cannot be filled. */
  fill(name: TemplateName, values: Values, overrides?: Readonly<Record<string, string>>): string;
  /** Returns what was done with a label's text for that template, in words; empty: nothing. */
  notesOn(name: TemplateName, text: string): readonly string[];
  /** Returns the label BIND_OPTIONS in modern words. */
  bindOptions(options: string): { readonly text: string; readonly translations: readonly Translation[] };
  /** What was done with the operator's own templates and options, and what HAProxy will refuse in them, in words. */
  readonly notes: readonly string[];
}

/** Reads all templates. Throws a `TemplateError` that names the file or variable if the operator's own one cannot be filled. */
export function createLibrary(given: Pick<RenderSettings, 'templates' | 'defaults' | 'haproxy' | 'translate'>): Library {
  const notes: string[] = [];
  const settings = { ...given, defaults: withModernOptions(given, notes) };
  const own = new Map<string, Template>();
  for (const name of Object.keys(templates)) {
    if (!isTemplateName(name)) continue;
    const row = templates[name];
    const text = settings.templates[name];
    if (text === undefined) {
      own.set(
        name,
        compile(typeof row.default === 'string' ? row.default : row.default(settings.defaults, settings.haproxy), row),
      );
      continue;
    }
    const read = readOverride(name, text, settings);
    if (read.template === undefined) throw new TemplateError(`template HAPROXY_${name}: ${read.fault}`);
    own.set(name, read.template);
    notes.push(...notesOf(read).map((note) => `template HAPROXY_${name}: ${note}`));
    notes.push(
      ...read.left.map(({ line, advice }) => `template HAPROXY_${name}: HAProxy no longer takes ${asWritten(line)}; ${advice}`),
    );
  }
  const overrides = new Map<string, Override>();
  const override = (name: TemplateName, text: string): Override => {
    const key = `${name} ${text}`;
    let read = overrides.get(key);
    if (!read) {
      read = readOverride(name, text, settings);
      if (overrides.size >= 10_000) overrides.clear();
      overrides.set(key, read);
    }
    return read;
  };
  const heads = new Map<number, string>();
  const defaultHeadFor = (sockets: number): string => {
    const maxconn = Math.min(settings.defaults.maxconn, maxconnFor(settings.defaults.openFiles, sockets));
    let head = heads.get(maxconn);
    if (head === undefined) {
      head = defaultHead({ ...settings.defaults, maxconn });
      heads.set(maxconn, head);
    }
    return head;
  };
  const { statsSocket: socket, adminAddress: admin } = settings.defaults;
  const addresses = { socket, admin };
  const isHeadFixed = settings.templates['HEAD'] !== undefined || settings.defaults.openFiles === undefined;
  return {
    tcpLines: settings.templates['HEAD'] === undefined ? `  no option ${KEPT}\n` : '',
    head: (sockets) => (isHeadFixed ? (own.get('HEAD') as Template)({}) : defaultHeadFor(sockets)),
    fill(name, values, overrides) {
      const text = overrides?.[name];
      if (text === undefined || !templates[name].overridable) return (own.get(name) as Template)(values);
      const { template, fault: unreadable } = override(name, text);
      if (template === undefined) throw new OverrideError(name, unreadable ?? '');
      const filled = template(values);
      const blank = overrides?.['FRONTEND_BACKEND_GLUE']?.trim() === '';
      const fault = faultOf(name, filled, values, { blank, haproxy: settings.haproxy, own: addresses });
      if (fault !== undefined) throw new OverrideError(name, fault);
      return filled;
    },
    notesOn: (name, text) => (templates[name].overridable ? notesOf(override(name, text)) : []),
    bindOptions: (options) => readBindOptions(options, settings),
    notes,
  };
}

/** `HAPROXY_GLOBAL_DEFAULT_OPTIONS` is text that people wrote, too. */
function withModernOptions(
  settings: Pick<RenderSettings, 'defaults' | 'haproxy' | 'translate'>,
  notes: string[],
): RenderSettings['defaults'] {
  const { options, translations } = readDefaultOptions(settings.defaults.globalDefaultOptions, settings);
  if (translations.length === 0) return settings.defaults;
  notes.push(...translations.map((each) => `HAPROXY_GLOBAL_DEFAULT_OPTIONS: ${formatTranslation(each)}`));
  return { ...settings.defaults, globalDefaultOptions: options };
}

function notesOf({ hasLineBreaks, translations }: Override): readonly string[] {
  const breaks = hasLineBreaks ? [String.raw`the two characters \n are taken as line breaks; write real ones`] : [];
  return [...breaks, ...translations.map(formatTranslation)];
}
