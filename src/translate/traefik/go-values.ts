/** Values as Traefik, a program in Go, reads them. */

export function isTrue(text: string): boolean {
  return /^(?:1|t|true)$/i.test(text.trim());
}

/** Returns the items of a list that is separated by commas. */
export function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Returns a name without the provider after its `@`, if that is Marathon. */
export function ownName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/@marathon$/, '');
}

/** Returns a time (`1m30s`, or seconds without a unit) as the labels have it. Returns undefined if it is none, or shorter than a millisecond. */
export function durationOf(text: string): string | undefined {
  const trimmed = text.trim();
  if (/^\d+$/.test(trimmed)) return inUnits(Number(trimmed) * 1000);
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(trimmed)) return undefined;
  let milliseconds = 0;
  for (const [, count = '', unit = ''] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    milliseconds += Number(count) * (UNITS.find(([name]) => name === unit)?.[1] ?? 0);
  }
  return inUnits(Math.round(milliseconds));
}

function inUnits(milliseconds: number): string | undefined {
  const [name, size] = UNITS.find(([, size]) => milliseconds % size === 0) ?? ['ms', 1];
  return milliseconds > 0 ? `${milliseconds / size}${name}` : undefined;
}

const UNITS: readonly (readonly [name: string, milliseconds: number])[] = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];
