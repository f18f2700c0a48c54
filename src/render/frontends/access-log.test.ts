import { describe, expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import { plainRender } from '../../../test/support/rendering/render-settings.ts';
import type { RenderSettings } from '../../config/settings.ts';
import { logLines, logWarnings, ownLogging, sharedLogging } from './access-log.ts';

const { defaults } = plainRender;
const json = { ...defaults, accessLog: 'json' } as const;
const labelled = (label?: string, mode: 'http' | 'tcp' = 'http') =>
  service(1, {}, { mode, ...(label !== undefined && { typed: { ACCESS_LOG: label } }) });

describe('what a frontend logs', () => {
  it.each([
    [undefined, 'all', undefined],
    ['off', 'all', undefined],
    ['on', 'all', 'listed'],
    ['errors', 'all', 'listed'],
  ])('of mode http, with the label %s', (label, withOption, without) => {
    const one = labelled(label);
    expect([ownLogging(one, json), ownLogging(one, defaults)]).toEqual([withOption, without]);
    expect([sharedLogging([one], json), sharedLogging([one], defaults)]).toEqual([withOption, without]);
  });

  it.each([
    [undefined, 'all', undefined],
    ['off', 'none', undefined],
    ['on', 'all', 'all'],
    ['errors', 'errors', 'errors'],
  ])('of mode tcp, with the label %s', (label, withOption, without) => {
    const one = labelled(label, 'tcp');
    expect([ownLogging(one, json), ownLogging(one, defaults)]).toEqual([withOption, without]);
  });

  it('of mode http, with a canary that asks for lines', () => {
    const canary = { backend: 'b', weight: 5, upTo: 5, matches: [] };
    expect(ownLogging({ ...labelled(), canaries: [{ ...canary, isLogged: true }] }, defaults)).toBe('listed');
    expect(ownLogging({ ...labelled(), canaries: [{ ...canary, isLogged: false }] }, defaults)).toBeUndefined();
  });
});

describe('logLines', () => {
  it.each(['  log-format x\n', '\toption  httplog # mine\n', '  option tcplog\n', '  option httpslog\n'])(
    'leaves a head with %j alone',
    (own) => {
      expect(logLines('all', 'http', `frontend f\n${own}`, json, '/m')).toEqual([]);
    },
  );

  it.each(['', '  option forwardfor\n', '  # option httplog\n', '  error-log-format x\n'])('adds to a head with %j', (own) => {
    expect(logLines('all', 'http', `frontend f\n${own}`, json, '/m')).toHaveLength(3);
  });

  it('has no byte of a client in a line that is not escaped', () => {
    const [format = ''] = logLines('all', 'http', '', { ...json, requestId: 'X-Id' }, '/m');
    const samples = Array.from(format.matchAll(/%\[((?:[^[\]"]|"[^"]*")*)\]/g), ([, sample = '']) => sample);
    expect(samples.filter((sample) => /hdr|path|host|method/.test(sample) && !sample.endsWith(',json(utf8s)'))).toEqual([]);
    expect(format).not.toMatch(/%(?:\{[^}]*\})?(?:r|HM|HU|HP|HQ|HPO|HV|hr|hs|CC|CS)\b/);
  });
});

const warnings = (templates: RenderSettings['templates']) => logWarnings({ ...plainRender, defaults: json, templates });

describe('logWarnings', () => {
  it('says what a head of the operator needs', () => {
    expect(warnings({ HEAD: 'global\n  log 127.0.0.1:514 local0\ndefaults\n  mode http\n' })).toEqual([
      'template HAPROXY_HEAD has no line "log global" in its defaults section: --access-log may write nothing',
      'template HAPROXY_HEAD has a line "log 127.0.0.1:514 local0", which cuts what is logged after 1024 bytes: write "log 127.0.0.1:514 len 8192 local0" for --access-log',
    ]);
    expect(warnings({ HEAD: 'global\n  log stdout len 8192 format raw local0\ndefaults\n  log global\n' })).toEqual([]);
  });

  it('names heads of frontends with a format of their own', () => {
    expect(warnings({ HTTP_FRONTEND_HEAD: 'frontend f\n  option httplog\n', BACKEND_HEAD: 'option httplog' })).toEqual([
      'template HAPROXY_HTTP_FRONTEND_HEAD says itself what is logged: --access-log has no effect there',
    ]);
    expect(logWarnings({ ...plainRender, templates: { HTTP_FRONTEND_HEAD: 'frontend f\n  option httplog\n' } })).toEqual([]);
  });
});
