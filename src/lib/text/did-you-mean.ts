/** The name that was probably meant: the one with the fewest letters to change, if these are few; undefined otherwise. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  // A third of the letters: further away it is another word.
  let least = Math.floor(name.length / 3) + 1;
  for (const each of known) {
    if (Math.abs(each.length - name.length) >= least) continue;
    const letters = distance(name, each);
    if (letters < least) [best, least] = [each, letters];
  }
  return best;
}

/** Returns how many letters to put in, leave out, change or swap with the next (Damerau and Levenshtein). */
function distance(a: string, b: string): number {
  let older: readonly number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? (older[j - 2] as number) + 1 : Infinity;
      next.push(Math.min(changed, swapped, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    older = row;
    row = next;
  }
  return row[b.length] as number;
}
