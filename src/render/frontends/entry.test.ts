import { describe, expect, it } from 'vitest';
import { plainRender } from '../../../test/support/rendering/render-settings.ts';
import type { RenderSettings } from '../../config/settings.ts';
import { entryWarnings, withEntry, withoutTls } from './entry.ts';

const given = (change: Partial<RenderSettings['defaults']>): RenderSettings => ({
  ...plainRender,
  defaults: { ...plainRender.defaults, ...change },
});
const settings = given({ acceptProxy: ['10.0.0.0/8'] });
const LINES = `  acl marathon_lb_sends_proxy src 10.0.0.0/8
  tcp-request connection expect-proxy layer4 if marathon_lb_sends_proxy`;

describe('withEntry', () => {
  it('puts the lines before all others of the frontend that the rules go to', () => {
    const text = 'backend b\n\tlisten a from x # y\n  tcp-request connection reject\nfrontend f\n  bind *:80\n';
    expect(withEntry(text, 'tcp', settings)).toBe(text.replace('frontend f', `frontend f\n${LINES}`));
  });

  it.each(['', '  mode http\n', '# frontend f\n', 'defaults\n  bind-frontend x\n'])('leaves %j as it is', (text) => {
    expect(withEntry(text, 'http', settings)).toBe(text);
  });

  it('adds nothing without an option, and no second PROXY line behind another frontend', () => {
    expect(withEntry('frontend f\n', 'http', plainRender)).toBe('frontend f\n');
    expect(withEntry('frontend f\n', 'inner', settings)).toBe('frontend f\n');
  });
});

const warnings = (templates: RenderSettings['templates'], more: Partial<RenderSettings> = {}) =>
  entryWarnings({ ...settings, templates, ...more });

describe('entryWarnings', () => {
  it('names templates of the operator without a place for the lines', () => {
    expect(warnings({ HTTP_FRONTEND_HEAD: '', HTTPS_FRONTEND_HEAD: 'listen x\n' })).toEqual([
      'template HAPROXY_HTTP_FRONTEND_HEAD has no line that begins a frontend: --accept-proxy has no effect there',
    ]);
  });

  it('says nothing of templates that are not used, and nothing without an option', () => {
    const templates = { HTTP_FRONTEND_HEAD: '', HTTPS_GROUPED_FRONTEND_HEAD: '' };
    expect(warnings(templates, { bindHttpHttps: false })).toEqual([]);
    expect(entryWarnings({ ...plainRender, templates })).toEqual([]);
  });
});

describe('--trusted-proxies', () => {
  const trusting = given({ trustedProxies: ['10.0.0.0/8'] });

  it('has no place in mode tcp, and one behind another frontend', () => {
    expect(withEntry('frontend f\n', 'tcp', trusting)).toBe('frontend f\n');
    expect(withEntry('frontend f\n', 'inner', trusting)).toBe(withEntry('frontend f\n', 'http', trusting));
  });

  it('drops what others say before anything is believed', () => {
    const lines = withEntry('frontend f\n', 'http', trusting).split('\n');
    const at = (part: string): number => lines.findIndex((line) => line.includes(part));
    expect(at('unless marathon_lb_trusts')).toBeLessThan(at('set-src'));
    expect(lines.findLastIndex((line) => line.includes('set-src'))).toBeLessThan(at('http-request set-header'));
  });

  it('redirects to TLS nobody who has it, by the word of a proxy', () => {
    expect(withoutTls(plainRender.defaults)).toBe('!{ ssl_fc }');
    expect(withoutTls(trusting.defaults)).toBe('!{ ssl_fc } !{ req.hdr(X-Forwarded-Proto) https wss }');
  });
});

describe('--request-id', () => {
  it('takes no id from anybody without trusted proxies', () => {
    const text = withEntry('frontend f\n', 'http', given({ requestId: 'X-Id' }));
    expect(text).not.toMatch(/req\.f?hdr/);
    expect(text).toMatch(/set-var\(txn\.log_id\) uuid\(\)\n {2}http-request set-header X-Id /);
  });

  it('asks who connected before the headers say who the client is', () => {
    const all = given({ requestId: 'X-Id', trustedProxies: ['10.0.0.0/8'] });
    const text = withEntry('frontend f\n', 'http', all);
    expect(text.indexOf('req.fhdr(X-Id)')).toBeGreaterThan(-1);
    expect(text.indexOf('req.fhdr(X-Id)')).toBeLessThan(text.indexOf('set-src'));
    expect(withEntry('frontend f\n', 'tcp', all)).toBe('frontend f\n');
  });
});
