import { describe, expect, test } from 'vitest';
import { sampleCertificate } from '../../test/support/certificates/sample.ts';
import type { Certificate } from '../model/certificates/certificate.ts';
import { createCertificateMerge } from '../render/certificates.ts';
import { type ConfigDocument, print } from '../render/document.ts';
import { printFile } from '../render/files/kinds.ts';
import { describe as describeChanges } from './describe.ts';
import { MAX_OPS } from './runtime-ops.ts';
import { interim } from './partial.ts';
import { plan } from './plan.ts';

const SECTIONS: ConfigDocument['sections'] = [{ kind: 'head', name: 'head', blocks: [{ text: 'global\n' }] }];
const document = (certificates: readonly Certificate[], isListed = true, sections = SECTIONS): ConfigDocument =>
  createCertificateMerge()({ sections, files: [] }, { certificates, problems: [] }, isListed);
const [first, shop, blog] = [sampleCertificate('first'), sampleCertificate('shop'), sampleCertificate('blog')];

function opsOf(before: ConfigDocument, after: ConfigDocument): readonly string[] {
  const found = plan(before, undefined, after);
  if (found.kind === 'nothing') return [];
  if (found.kind === 'reload') return ['reload', ...found.reasons];
  return found.ops.map((op) => {
    if (op.kind === 'certificate') return `set ${op.certificate.name}`;
    if (op.kind === 'certificate-gone') return `remove ${op.path}`;
    return op.kind === 'file' ? op.file.kind : op.kind;
  });
}

describe('the plan for certificates', () => {
  test('gives what is new, then the list, and takes what is gone last', () => {
    expect(opsOf(document([first, shop]), document([first, blog]))).toEqual(['set blog', 'crt-list', 'remove /state/shop.pem']);
  });

  test('renews without the list', () => {
    expect(opsOf(document([first, shop]), document([first, sampleCertificate('shop', '2')]))).toEqual(['set shop']);
    expect(opsOf(document([first, shop]), document([first, sampleCertificate('shop')]))).toEqual([]);
  });

  test('reloads for another default certificate alone', () => {
    const found = opsOf(document([first, shop]), document([shop, first]));
    expect([found[0], found.at(-1)]).toEqual(['reload', 'another certificate is the default one']);
  });

  test('takes any number without a reload', () => {
    const many = Array.from({ length: MAX_OPS + 1 }, (_, at) => sampleCertificate(`c${at}`));
    expect(opsOf(document([first]), document([first, ...many]))).toHaveLength(MAX_OPS + 2);
  });

  test('at a start, gives what the list on disk does not have: HAProxy was started with that', () => {
    const [before, after] = [document([first, shop]), document([first, blog])];
    const onDisk = { config: print(before), files: new Map(before.files.map((file) => [file.name, printFile(file)])) };
    const found = plan(undefined, onDisk, after);
    expect(found.kind === 'runtime' && found.ops.map(({ kind }) => kind)).toEqual(['certificate', 'file']);
  });

  test('only renews what the configuration names itself', () => {
    expect(opsOf(document([first, shop], false), document([sampleCertificate('first', '2')], false))).toEqual(['set first']);
  });

  test('a renewal does not wait for a reload', () => {
    const other: ConfigDocument['sections'] = [{ kind: 'head', name: 'head', blocks: [{ text: 'global\n  maxconn 7\n' }] }];
    const [before, after] = [document([first]), document([sampleCertificate('first', '2'), shop], true, other)];
    const part = interim(before, after);
    expect(part?.document.sections).toEqual(before.sections);
    expect(part?.document.certificates).toBe(after.certificates);
    expect(part?.plan.ops.map(({ kind }) => kind)).toEqual(['certificate', 'certificate', 'file']);
  });

  test('another default certificate waits for the reload with all others; the rest does not', () => {
    const other: ConfigDocument['sections'] = [{ kind: 'head', name: 'head', blocks: [{ text: 'global\n  maxconn 7\n' }] }];
    expect(interim(document([first, shop]), document([blog, first], true, other))).toBeUndefined();
  });

  test('is told by names, and without keys', () => {
    const found = plan(document([first, shop]), undefined, document([sampleCertificate('first', '2'), blog]));
    const texts = found.kind === 'nothing' ? [] : describeChanges(found.changes).map(({ text }) => text);
    expect(texts).toEqual([
      'crt-list marathon-lb-certificates.list: +1 -1',
      'certificate first is renewed',
      'certificate blog is new',
      'certificate shop is gone',
    ]);
    expect(JSON.stringify(found)).not.toContain('PRIVATE');
  });
});
