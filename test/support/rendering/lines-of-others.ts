import { type ConfigDocument, ownerOf, print, printSection } from '../../../src/render/document.ts';

/** Returns the lines that are not of certain apps, in their order. */
export function linesOfOthers(document: ConfigDocument, isLeftOut: (app: string) => boolean): readonly string[] {
  return print(document)
    .split('\n')
    .filter((line, at) => {
      const owner = ownerOf(document, at + 1);
      return line !== '' && (owner === undefined || !isLeftOut(owner.app));
    });
}

/** Returns how many lines HAProxy takes for the begin of a section that is none of the document's. The head has two of them, each other section at most one. */
export function strangeSections(document: ConfigDocument): number {
  return document.sections.reduce((sum, section) => {
    const found = printSection(section).match(SECTION_LINES)?.length ?? 0;
    return sum + Math.max(0, found - (section.kind === 'head' ? 2 : 1));
  }, 0);
}

const SECTION_LINES = /^\s*["'\\]*(?:global|defaults|frontend|backend|listen|userlist)\b/gm;
