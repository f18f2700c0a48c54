import { ApiError } from '../../api-error.ts';

/**
 * Reads a label selector: `key`, `key==v`, `key!=v`, `key in (a,b)`, `key notin (a,b)`, comma-separated, all must hold. `!=` and
 * `notin` need the label to exist, as in Marathon. 422 if it cannot be read.
 */
export function parseLabelSelector(selector: string): (labels: Readonly<Record<string, string>>) => boolean {
  const scanner = { rest: selector.trim() };
  const terms: ((labels: Readonly<Record<string, string>>) => boolean)[] = [];
  const bad = (reason: string): ApiError => new ApiError(422, `Can not parse label selector '${selector}'. Reason: ${reason}`);
  const word = (): string => {
    const match = /^(?:[-A-Za-z0-9_.]|\\.)+/.exec(scanner.rest);
    if (!match) throw bad(`a word was expected at '${scanner.rest}'`);
    scanner.rest = scanner.rest.slice(match[0].length).trimStart();
    return match[0].replace(/\\(.)/g, '$1');
  };
  const take = (token: string): boolean => {
    if (!scanner.rest.startsWith(token)) return false;
    scanner.rest = scanner.rest.slice(token.length).trimStart();
    return true;
  };
  const set = (): Set<string> => {
    if (!take('(')) throw bad(`'(' was expected at '${scanner.rest}'`);
    const values = new Set([word()]);
    while (take(',')) values.add(word());
    if (!take(')')) throw bad(`')' was expected at '${scanner.rest}'`);
    return values;
  };
  do {
    const key = word();
    if (take('==')) {
      const value = word();
      terms.push((labels) => labels[key] === value);
    } else if (take('!=')) {
      const value = word();
      terms.push((labels) => labels[key] !== undefined && labels[key] !== value);
    } else if (/^in\b/.test(scanner.rest)) {
      take('in');
      const values = set();
      terms.push((labels) => labels[key] !== undefined && values.has(labels[key]));
    } else if (/^notin\b/.test(scanner.rest)) {
      take('notin');
      const values = set();
      terms.push((labels) => labels[key] !== undefined && !values.has(labels[key]));
    } else terms.push((labels) => labels[key] !== undefined);
  } while (take(','));
  if (scanner.rest !== '') throw bad(`the end was expected at '${scanner.rest}'`);
  return (labels) => terms.every((term) => term(labels));
}
