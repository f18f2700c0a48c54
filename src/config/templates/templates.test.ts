import { describe, expect, it } from 'vitest';
import { type TemplateSources, loadTemplates, templateWarnings } from './templates.ts';

const names = ['HEAD', 'BACKEND_HEAD', 'FRONTEND_HEAD'];

function sources(change: Partial<TemplateSources> = {}): TemplateSources {
  const files: Record<string, string> = { '/t/HAPROXY_HEAD': 'file\r\nhead\n', '/t/HAPROXY_BACKEND_HEAD': 'file\n' };
  return {
    env: {},
    folders: [{ path: '/t', isGiven: false }],
    listFolder: () => ['HAPROXY_HEAD', 'HAPROXY_BACKEND_HEAD', 'HAPROXY_OTHER', 'README'],
    readFile: (path) => files[path] ?? fail('EACCES'),
    ...change,
  };
}

function fail(code: string): never {
  throw Object.assign(new Error(`${code}: no`), { code });
}

describe('loadTemplates', () => {
  it('prefers the environment to the folder, even where it is empty', () => {
    const env = {
      HAPROXY_HEAD: '',
      HAPROXY_FRONTEND_HEAD: String.raw`one\n  two\n`,
      HAPROXY_GROUP: 'external',
      HAPROXY_SSL_CERT: 'PEM',
    };
    expect(loadTemplates(names, sources({ env }))).toEqual({ HEAD: '', BACKEND_HEAD: 'file\n', FRONTEND_HEAD: 'one\n  two\n' });
  });

  it('reads files with either line end', () => {
    expect(loadTemplates(names, sources())).toEqual({ HEAD: 'file\nhead\n', BACKEND_HEAD: 'file\n' });
  });

  it('takes each from the first folder that has it', () => {
    const folders = ['/sandbox', '/t'].map((path) => ({ path, isGiven: false }));
    const files: Record<string, readonly string[]> = {
      '/t': ['HAPROXY_HEAD', 'HAPROXY_BACKEND_HEAD'],
      '/sandbox': ['HAPROXY_HEAD'],
    };
    const found = sources({ folders, listFolder: (path) => files[path] ?? [], readFile: (path) => `${path}\n` });
    expect(loadTemplates(names, found)).toEqual({
      HEAD: '/sandbox/HAPROXY_HEAD\n',
      BACKEND_HEAD: '/t/HAPROXY_BACKEND_HEAD\n',
    });
  });

  it.each(['ENOENT', 'ENOTDIR'])('does without a default folder that is not there (%s)', (code) => {
    expect(loadTemplates(names, sources({ listFolder: () => fail(code) }))).toEqual({});
    expect(() =>
      loadTemplates(names, sources({ folders: [{ path: '/t', isGiven: true }], listFolder: () => fail(code) })),
    ).toThrow(/--templates: the folder \/t cannot be read/);
  });

  it('does not go on without a folder or file that is there but cannot be read', () => {
    expect(() => loadTemplates(names, sources({ listFolder: () => fail('EACCES') }))).toThrow(/the folder \/t/);
    expect(() => loadTemplates(names, sources({ readFile: () => fail('EACCES') }))).toThrow(
      /the template \/t\/HAPROXY_HEAD cannot be read \(EACCES/,
    );
  });
});

describe('templateWarnings', () => {
  it('names what is nearly a template, files of the prefix, and options beside a head of the operator', () => {
    const env = {
      HAPROXY_BACKEND_HAED: 'x',
      HAPROXY_VERSION: '3.2',
      HAPROXY_SSL_CERT0: 'PEM',
      HAPROXY_GLOBAL_DEFAULT_OPTIONS: 'x',
    };
    expect(templateWarnings(names, { HEAD: 'x' }, sources({ env }))).toEqual([
      'the variable HAPROXY_BACKEND_HAED is not known and has no effect; did you mean HAPROXY_BACKEND_HEAD?',
      'the file /t/HAPROXY_OTHER is not known and has no effect; no template has that name',
      'HAPROXY_GLOBAL_DEFAULT_OPTIONS has no effect beside HAPROXY_HEAD, which has options of its own',
    ]);
  });

  it('is silent if all is known', () => {
    const env = { HAPROXY_HEAD: 'x', HAPROXY_SYSLOGD: 'true', HAPROXY_GLOBAL_DEFAULT_OPTIONS: 'x' };
    expect(templateWarnings(names, {}, sources({ env, listFolder: () => ['HAPROXY_HEAD', 'README'] }))).toEqual([]);
  });
});
