/** The recipes of the guide: their apps as they are written there. */
import { readFile } from 'node:fs/promises';

export interface Recipe {
  readonly title: string;
  readonly apps: readonly RecipeApp[];
}

export interface RecipeApp {
  readonly id: string;
  readonly instances?: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Returns the sections of the guide, each with the apps of its blocks. */
export async function readRecipes(): Promise<readonly Recipe[]> {
  const text = await readFile(new URL('../../../docs/guide/recipes.md', import.meta.url), 'utf8');
  const [, ...sections] = text.split(/^## /m);
  return sections.map((section) => ({
    title: section.slice(0, section.indexOf('\n')),
    apps: Array.from(section.matchAll(/^```json\n([^]*?)^```$/gm), ([, json = '']) => JSON.parse(json) as RecipeApp),
  }));
}

/** Returns a label with networks of this machine in the place of those that are kept for documentation: a test can come from there. */
export function withOwnNetworks(value: string): string {
  return value.replaceAll('203.0.113.', '127.0.113.').replaceAll('198.51.100.', '127.51.100.');
}
