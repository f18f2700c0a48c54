import { expect, test } from 'vitest';
import type { ConfigDocument } from '../../render/document.ts';
import { findFrontendDrift } from './drift-frontends.ts';

const GLOBAL = 'global\n  maxconn 900\n';
const LIMITED = 'defaults\n  maxconn 70 # all of them\n  mode http\n';
const UNLIMITED = 'defaults\n  mode http\nlisten stats\n  maxconn 3\n';

function doc(head: string, frontend: string): ConfigDocument {
  return {
    sections: [
      { kind: 'head', name: 'head', blocks: [{ text: head }] },
      { kind: 'frontend', name: 'f', blocks: [{ text: `frontend f\n${frontend}` }] },
    ],
    files: [],
  };
}

const told = (head: string, frontend: string, maxconn: number) => {
  const wanted = doc(head, frontend);
  return findFrontendDrift(wanted, wanted.sections[0], [{ name: 'f', status: 'OPEN', maxconn }]).texts;
};

test.each([
  ['its own', GLOBAL + LIMITED, '  maxconn 5\n', 5],
  ['the defaults', GLOBAL + LIMITED, '', 70],
  ['the defaults, conditions about other things', `${GLOBAL}.if defined(X)\n  tune.x 1\n.endif\n${LIMITED}`, '', 70],
  ['the last defaults', `${GLOBAL}${LIMITED}defaults\n  maxconn 80\n`, '', 80],
  ['the whole process', GLOBAL + UNLIMITED, '', 900],
  ['the whole process, where a limit is 0', GLOBAL + LIMITED, '  maxconn 0\n', 70],
])('the limit of a frontend: %s', (_, head, frontend, maxconn) => {
  expect(told(head, frontend, maxconn)).toEqual([]);
  expect(told(head, frontend, 4)).toEqual([`frontend f takes 4 connections instead of ${maxconn}`]);
});

test.each([
  ['is said nowhere', 'global\n', ''],
  ['depends on a condition', `global\n.if defined(X)\n  maxconn 9\n.endif\n${LIMITED}`, ''],
])('the limit of a frontend that %s is let alone', (_, head, frontend) => {
  expect(told(head, frontend, 4)).toEqual([]);
});

test('frontends that the document has not are none of ours', () => {
  const state = { name: 'stats', status: 'PAUSED', maxconn: 1 };
  expect(findFrontendDrift(doc(GLOBAL, ''), undefined, [state])).toEqual({ texts: [], ops: [], reload: undefined });
});
