import { describe, expect, it } from 'vitest';
import { compile, TemplateError } from './expand.ts';

const row = { raw: false, placeholders: ['backend', 'port'] };

function fill(text: string): string {
  return compile(text, row)({ backend: 'shop', port: 80 });
}

describe('compile', () => {
  it.each([
    ['  use_backend {backend}\n', '  use_backend shop\n'],
    ['{backend}:{port}:{backend}', 'shop:80:shop\n'],
    ['acl x {{ ssl_fc }}', 'acl x { ssl_fc }\n'],
    ['{{{backend}}}', '{shop}\n'],
    ['{{backend}}', '{backend}\n'],
    ['{{{backend}', '{shop\n'],
    ['', ''],
    ['\n', '\n'],
    ['a\n\nb', 'a\n\nb\n'],
  ])('fills %j', (text, filled) => {
    expect(fill(text)).toBe(filled);
  });

  it('inserts raw templates as they are', () => {
    expect(compile('x { ssl_fc } {{ {backend}', { raw: true, placeholders: [] })({})).toBe('x { ssl_fc } {{ {backend}\n');
  });

  it('fills in what looks like a placeholder in a value as it is', () => {
    expect(compile('{backend}', row)({ backend: '{port}', port: 1 })).toBe('{port}\n');
  });

  it.each([
    ['{', 'a single "{" must be written "{{"'],
    ['a } b', 'a single "}" must be written "}}"'],
    ['{backnd}', 'unknown placeholder {backnd}: it takes {backend}, {port}'],
    ['{ ssl_fc }', 'unknown placeholder { ssl_fc }'],
    ['{}', 'unknown placeholder {}'],
    ['{toString}', 'unknown placeholder {toString}'],
  ])('refuses %j', (text, message) => {
    expect(() => fill(text)).toThrow(TemplateError);
    expect(() => fill(text)).toThrow(message);
  });

  it('says that a template takes no placeholders', () => {
    expect(() => compile('{x}', { raw: false, placeholders: [] })).toThrow('it takes none');
  });
});
