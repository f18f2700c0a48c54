/** The versions of TLS that an operator allows (configuration manual, sections 3.1 and 5.1). */
import { TLS_VERSIONS, type TlsVersion } from '../../model/values/tls.ts';
import { readBind } from '../../haproxy-config/bind.ts';
import { linesOf } from '../../haproxy-config/words.ts';

export interface TlsBounds {
  readonly min?: TlsVersion | undefined;
  readonly max?: TlsVersion | undefined;
}

/** Returns the narrowest bounds that `ssl-default-bind-options` and bind lines of a text have. */
export function tlsBounds(text: string): TlsBounds {
  const words = [
    ...linesOf(text, 'ssl-default-bind-options').flatMap((line) => line.slice(1)),
    ...text.split('\n').flatMap((line) => readBind(line)?.params ?? []),
  ];
  const after = (keyword: string): readonly string[] =>
    words.flatMap((word, at) => (word === keyword ? [words[at + 1] ?? ''] : []));
  const forced = words.flatMap((word) => /^force-tlsv1([0-3])$/.exec(word)?.[1] ?? []).map((minor) => `TLSv1.${minor}`);
  const mins = inOrder([...after('ssl-min-ver'), ...forced]);
  const maxes = inOrder([...after('ssl-max-ver'), ...forced]);
  return { min: mins.at(-1) ?? oldestLeft(words), max: maxes[0] };
}

/** Of the old way, which names those that are not allowed. */
function oldestLeft(words: readonly string[]): TlsVersion | undefined {
  const isRefused = (version: TlsVersion): boolean => words.includes(`no-${version.toLowerCase().replace('.', '')}`);
  return TLS_VERSIONS.some(isRefused) ? TLS_VERSIONS.find((version) => !isRefused(version)) : undefined;
}

function inOrder(names: readonly string[]): readonly TlsVersion[] {
  return TLS_VERSIONS.filter((version) => names.includes(version));
}

/** Returns the newer one of two versions. */
export function newerOf(one: TlsVersion | undefined, other: TlsVersion | undefined): TlsVersion | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return isNewer(one, other) ? one : other;
}

/** Returns whether a version is newer than another one. */
export function isNewer(one: TlsVersion, other: TlsVersion): boolean {
  return TLS_VERSIONS.indexOf(one) > TLS_VERSIONS.indexOf(other);
}
