import { describe, expect, it } from 'vitest';
import { plainRender } from '../../../test/support/rendering/render-settings.ts';
import { createLibrary, type Library, OverrideError } from './library.ts';
import { isTemplateName, templates } from './defaults.ts';

const defaults = {
  bindAddress: '127.0.0.1',
  httpPort: 8080,
  httpsPort: 8443,
  appidPort: 8091,
  statsPort: 8090,
  statsSocket: '/run/x.sock',
  maxconn: 500,
  globalDefaultOptions: ['b', 'a', 'b'],
};

function library(own: Readonly<Record<string, string>> = {}): Library {
  return createLibrary({ ...plainRender, templates: own, defaults });
}

describe('createLibrary', () => {
  it('fills the head with the defaults, options sorted and once', () => {
    const head = library().fill('HEAD', {});
    expect(head).toContain('  bind 127.0.0.1:8090\n');
    expect(head).toContain('  stats socket /run/x.sock mode 600 level admin expose-fd listeners\n');
    expect(head.match(/^ {2}option .*$/gm)).toEqual(['  option a', '  option b', '  option idle-close-on-response']);
    expect(head).not.toMatch(/\bdaemon\b/);
  });

  it('takes a label, else the operator’s template, else the default', () => {
    const glue = { backend: 'x' };
    expect(library().fill('FRONTEND_BACKEND_GLUE', glue)).toBe('  use_backend x\n');
    const own = library({ FRONTEND_BACKEND_GLUE: '  default_backend {backend}' });
    expect(own.fill('FRONTEND_BACKEND_GLUE', glue)).toBe('  default_backend x\n');
    expect(own.fill('FRONTEND_BACKEND_GLUE', glue, { FRONTEND_BACKEND_GLUE: '  use_backend {backend} if TRUE' })).toBe(
      '  use_backend x if TRUE\n',
    );
    expect(own.fill('FRONTEND_BACKEND_GLUE', glue, { FRONTEND_BACKEND_GLUE: '' })).toBe('');
  });

  it('lets no label replace what is not overridable', () => {
    const ignored = Object.keys(templates).filter((name) => isTemplateName(name) && !templates[name].overridable);
    expect(ignored).toContain('HTTP_FRONTEND_HEAD');
    expect(library().fill('HTTP_FRONTEND_HEAD', {}, { HTTP_FRONTEND_HEAD: 'x' })).toMatch(/^frontend marathon_http_in\n/);
  });

  it('names the operator’s template that cannot be filled', () => {
    expect(() => library({ BACKEND_HEAD: 'backend {nothing}' })).toThrow(
      'template HAPROXY_BACKEND_HEAD: unknown placeholder {nothing}',
    );
  });

  it('names the template of a label that cannot be filled, or that begins a section, each time', () => {
    const made = library();
    for (const text of ['{nothing}', 'backend y\n', '{nothing}']) {
      const error = caught(() => made.fill('FRONTEND_BACKEND_GLUE', { backend: 'x' }, { FRONTEND_BACKEND_GLUE: text }));
      expect(error).toBeInstanceOf(OverrideError);
      expect(error).toHaveProperty('template', 'FRONTEND_BACKEND_GLUE');
    }
  });

  it('looks at the text as it is filled', () => {
    const made = library();
    const override = { HTTP_FRONTEND_ACL: '{hostname} x' };
    expect(made.fill('HTTP_FRONTEND_ACL', { hostname: 'acl' }, override)).toBe('acl x\n');
    expect(() => made.fill('HTTP_FRONTEND_ACL', { hostname: 'listen' }, override)).toThrow('begins a section');
  });
});

function caught(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
