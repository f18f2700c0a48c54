import { expect, test } from 'vitest';
import { featuresOf } from '../../config/versions/version.ts';
import type { HostTls } from '../../model/certificates/host-tls.ts';
import { entryOptions } from './options.ts';

const OLD = featuresOf({ major: 3, minor: 0, text: '3.0.0' });
const client: HostTls = { client: { authority: 'partners', verify: 'required' } };
const settings = {
  clientCas: { all: [{ name: 'partners', text: 'text' }], faults: [] },
  haproxyDir: '/etc/haproxy',
  haproxy: OLD,
  staplesOcsp: false,
};
const optionsOf = (tls: HostTls, bounds: Parameters<typeof entryOptions>[3]) => entryOptions(tls, {}, settings, bounds);

test('HAProxy would refuse TLS 1.2 at most where the operator wants TLS 1.3', () => {
  expect(optionsOf(client, { min: 'TLSv1.2' })).toContain('ssl-max-ver TLSv1.2');
  expect(optionsOf(client, { min: 'TLSv1.3' })).not.toContain('ssl-max-ver');
});

test('the oldest version of the operator is the floor, the newest one the ceiling', () => {
  expect(optionsOf({ minVersion: 'TLSv1.2' }, { min: 'TLSv1.3' })).toBe('ssl-min-ver TLSv1.3');
  expect(optionsOf({ minVersion: 'TLSv1.3' }, { min: 'TLSv1.2' })).toBe('ssl-min-ver TLSv1.3');
  expect(optionsOf({ minVersion: 'TLSv1.3' }, { max: 'TLSv1.2' })).toBe('');
});
