/** Templates: `{name}` is replaced, `{{` and `}}` give braces, all else stays as it is. */

/** What a template's placeholders stand for. */
export type Values = Readonly<Record<string, string | number>>;

/** A template that cannot be filled: `message` says where and what is allowed. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** A template read once, to be filled many times. */
export type Template = (values: Values) => string;

/**
 * Reads a template. `placeholders` are the names it may use; raw templates have none and are inserted as they are.
 * Throws a `TemplateError` for another name or a single brace.
 */
export function compile(text: string, row: { readonly raw: boolean; readonly placeholders: readonly string[] }): Template {
  const whole = text.endsWith('\n') || text === '' ? text : `${text}\n`;
  if (row.raw) return () => whole;
  const literals: string[] = [];
  const names: string[] = [];
  let literal = '';
  for (const [token, name] of tokens(whole)) {
    if (token === '{{') literal += '{';
    else if (token === '}}') literal += '}';
    else if (name !== undefined && row.placeholders.includes(name)) {
      literals.push(literal);
      names.push(name);
      literal = '';
    } else if (token.startsWith('{') || token.startsWith('}')) throw new TemplateError(explain(token, name, row.placeholders));
    else literal += token;
  }
  if (names.length === 0) return () => literal;
  // Joined, not added up: what `+` makes is a tree of its parts, which all stay in memory until it is printed.
  return (values) => {
    const parts = Array<string | number | undefined>(2 * names.length + 1);
    for (let at = 0; at < names.length; at += 1) {
      parts[2 * at] = literals[at];
      parts[2 * at + 1] = values[names[at] as string];
    }
    parts[2 * names.length] = literal;
    return parts.join('');
  };
}

function* tokens(text: string): Generator<readonly [token: string, name: string | undefined]> {
  for (const match of text.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g)) yield [match[0], match[1]];
}

function explain(token: string, name: string | undefined, placeholders: readonly string[]): string {
  if (name === undefined) return `a single "${token}" must be written "${token}${token}"`;
  const known = placeholders.length === 0 ? 'it takes none' : `it takes ${placeholders.map((known) => `{${known}}`).join(', ')}`;
  return `unknown placeholder ${token}: ${known}; braces that are meant as such are doubled`;
}
