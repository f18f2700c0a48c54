import { expect, test } from 'vitest';
import { plainRender } from '../../../test/support/rendering/render-settings.ts';
import { sampleCertificate } from '../../../test/support/certificates/sample.ts';
import { createRendering } from './rendering.ts';
import { print } from '../../render/document.ts';
import { CRT_LIST } from '../../render/files/crt-list.ts';
import { printFile } from '../../render/files/kinds.ts';
import { createLibrary } from '../../render/templates/library.ts';

const [first, shop] = [sampleCertificate('first'), sampleCertificate('shop')];
const library = createLibrary(plainRender);
const bindOf = (text: string): string | undefined => /^ {2}bind \S+ ssl (.*)$/m.exec(text)?.[1];

test('with a store the frontend names the list, and the list the files', () => {
  let certificates = [first];
  const table = () => ({ certificates, problems: [] });
  const { render } = createRendering({ ...plainRender, listsCertificates: true }, library, table);
  const { document } = render([]);
  expect(bindOf(print(document))).toContain(`crt-list ${plainRender.haproxyDir}/${CRT_LIST}`);
  expect(document.files.map(printFile)).toEqual(['/state/first.pem\n']);
  certificates = [first, shop];
  const next = render([]).document;
  expect(next.files.map(printFile)).toEqual(['/state/first.pem\n/state/shop.pem\n']);
  expect(next.sections).toBe(document.sections);
  expect(render([]).document.files).toBe(next.files);
});

test('without one the bytes are as before, whatever is known of certificates', () => {
  const { render } = createRendering(plainRender, library, () => ({ certificates: [first], problems: [] }));
  const plain = createRendering(plainRender, library).render([]).document;
  expect(print(render([]).document)).toBe(print(plain));
  expect(render([]).document.files).toEqual([]);
  expect(bindOf(print(plain))).toContain(plainRender.sslCerts.map((path) => `crt ${path}`).join(' '));
});

test('as long as no certificate can be used, HAProxy reads those of --ssl-certs itself', () => {
  const { render } = createRendering({ ...plainRender, listsCertificates: true }, library, () => ({
    certificates: [],
    problems: [],
  }));
  expect(bindOf(print(render([]).document))).not.toContain('crt-list');
});
