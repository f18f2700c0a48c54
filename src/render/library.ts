/** All templates of one run, as the operator's files and environment and an app's labels make them. */
import type { RenderSettings } from '../config/settings.ts';
import { compile, type Template, TemplateError, type Values } from './expand.ts';
import { faultOf } from './guard.ts';
import { defaultHead, KEPT } from './head.ts';
import { maxconnFor } from './maxconn.ts';
import { isTemplateName, templates, type TemplateName } from './templates.ts';

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
}

/** Reads all templates. Throws a `TemplateError` that names the file or variable where the operator's own one cannot be filled. */
export function createLibrary(settings: Pick<RenderSettings, 'templates' | 'defaults' | 'haproxy'>): Library {
  const own = new Map<string, Template>();
  for (const name of Object.keys(templates)) {
    if (!isTemplateName(name)) continue;
    const row = templates[name];
    const given = settings.templates[name];
    const text = given ?? (typeof row.default === 'string' ? row.default : row.default(settings.defaults, settings.haproxy));
    try {
      own.set(name, compile(text, row));
    } catch (error) {
      if (error instanceof TemplateError) throw new TemplateError(`template HAPROXY_${name}: ${error.message}`, { cause: error });
      throw error;
    }
  }
  const compiled = new Map<string, Template>();
  const override = (name: TemplateName, text: string): Template => {
    const key = `${name} ${text}`;
    let template = compiled.get(key);
    if (!template) {
      template = compileOverride(name, text);
      if (compiled.size >= 10_000) compiled.clear();
      compiled.set(key, template);
    }
    return template;
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
      const filled = override(name, text)(values);
      const blank = overrides?.['FRONTEND_BACKEND_GLUE']?.trim() === '';
      const fault = faultOf(name, filled, values, { blank, haproxy: settings.haproxy, own: addresses });
      if (fault !== undefined) throw new OverrideError(name, fault);
      return filled;
    },
  };
}

function compileOverride(name: TemplateName, text: string): Template {
  try {
    return compile(text, templates[name]);
  } catch (error) {
    if (error instanceof TemplateError) throw new OverrideError(name, error.message);
    throw error;
  }
}
