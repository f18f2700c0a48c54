import { conditionalParts, lastSection } from '../../haproxy-config/sections.ts';
import { linesOf } from '../../haproxy-config/words.ts';
import type { FrontendOp, Op } from '../../plan/operations.ts';
import type { ConfigDocument, Section } from '../../render/document.ts';
import type { FrontendState } from '../runtime/replies.ts';

/** The differences between HAProxy and its document, as sentences for the operator, and the operations that repair them. */
export interface Drift {
  readonly texts: readonly string[];
  readonly ops: readonly Op[];
  /** Why the operations do not suffice. */
  readonly reload: string | undefined;
}

/** Compares the frontends of a document with those of HAProxy; those of the head are the operator's own. */
export function findFrontendDrift(
  doc: ConfigDocument,
  head: Section | undefined,
  frontends: readonly FrontendState[],
): Pick<Drift, 'texts' | 'reload'> & { readonly ops: readonly FrontendOp[] } {
  const texts: string[] = [];
  const ops: FrontendOp[] = [];
  let reload: string | undefined;
  const states = new Map(frontends.map((each) => [each.name, each]));
  const usual = usualMaxconn(head);
  for (const section of doc.sections) {
    const state = section.kind === 'frontend' ? states.get(section.name) : undefined;
    if (state === undefined) continue;
    const name = `frontend ${section.name}`;
    const maxconn = maxconnIn(textOf(section)) ?? usual ?? state.maxconn;
    if (state.status === 'STOP') {
      texts.push(`${name} is shut down`);
      reload ??= `only a new process opens ${name} again`;
    } else if (state.status === 'PAUSED') {
      texts.push(`${name} is disabled`);
      ops.push({ kind: 'open', frontend: section.name });
    }
    if (maxconn !== state.maxconn) {
      texts.push(`${name} takes ${state.maxconn} connections instead of ${maxconn}`);
      ops.push({ kind: 'limit', frontend: section.name, maxconn });
    }
  }
  return { texts, ops, reload };
}

/** Returns what frontends have that say nothing themselves (HAProxy manual, section 4). Returns undefined if it depends on a condition. */
function usualMaxconn(head: Section | undefined): number | undefined {
  const text = head === undefined ? '' : textOf(head);
  if (conditionalParts(text).some((part) => maxconnIn(part) !== undefined)) return undefined;
  return maxconnIn(lastSection('defaults', text)) ?? maxconnIn(lastSection('global', text));
}

/** The last one counts; 0 is as if there were none. */
function maxconnIn(text: string): number | undefined {
  return Number.parseInt(linesOf(text, 'maxconn').at(-1)?.[1] ?? '', 10) || undefined;
}

function textOf(section: Section): string {
  return section.blocks.map(({ text }) => text).join('');
}
