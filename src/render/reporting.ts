import type { Problem } from '../model/problem.ts';
import type { Service, ServiceDefinition } from '../model/service.ts';
import { type Library, OverrideError } from './templates/library.ts';
import { formatTranslation } from './templates/override.ts';

/** The templates of one service, and the problems of its labels. */
export interface Reporting {
  readonly library: Library;
  /** Returns what was found until now, one object for each label and reason. */
  readonly problems: () => readonly Problem[];
}

/**
 * Returns a library that reports what it finds in the labels of a service: a template that cannot be filled costs only its label, the operator's
 * template takes its place; old words are noted.
 */
export function reporting(library: Library, service: Reported): Reporting {
  if (!hasLabels(service)) return { library, problems: () => NONE };
  const found = new Map<string, readonly Problem[]>();
  const about = (name: string) => ({ app: service.app, service: service.backend, label: `HAPROXY_${service.index}_${name}` });
  const noted = (name: string, texts: readonly string[]): readonly Problem[] =>
    [...new Set(texts)].map((text) => ({ code: 'label-translated', ...about(name), detail: `${about(name).label}: ${text}` }));
  return {
    problems: () => (found.size === 0 ? NONE : [...found.values()].flat()),
    library: {
      ...library,
      fill(name, values, overrides) {
        try {
          const text = library.fill(name, values, overrides);
          const given = overrides?.[name];
          if (given !== undefined && !found.has(name)) {
            const notes = noted(name, library.notesOn(name, given));
            if (notes.length > 0) found.set(name, notes);
          }
          return text;
        } catch (error) {
          if (!(error instanceof OverrideError)) throw error;
          const detail = `${about(name).label}: ${error.message} (the default template takes its place)`;
          found.set(name, [{ code: 'template-malformed', ...about(name), detail }]);
          return library.fill(name, values);
        }
      },
      bindOptions(options) {
        const { text, translations } = library.bindOptions(options);
        if (translations.length > 0) found.set('BIND_OPTIONS', noted('BIND_OPTIONS', translations.map(formatTranslation)));
        return { text, translations };
      },
    },
  };
}

type Reported = Pick<ServiceDefinition, 'app' | 'backend' | 'index' | 'bindOptions' | 'templates'> &
  Partial<Pick<Service, 'servers'>>;

/** Returns whether the service, or the definition that one of its servers was started from, has labels that make text. */
function hasLabels({ bindOptions, templates, servers = [] }: Reported): boolean {
  return bindOptions !== undefined || hasAny(templates) || servers.some(({ own }) => own !== undefined && hasAny(own.templates));
}

function hasAny(templates: ServiceDefinition['templates']): boolean {
  for (const _ in templates) return true;
  return false;
}

const NONE: readonly Problem[] = [];
