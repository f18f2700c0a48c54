import { describe, expect, it } from 'vitest';
import { service } from '../../test/support/rendering/documents.ts';
import { plainRender } from '../../test/support/rendering/render-settings.ts';
import type { RenderSettings } from '../config/settings.ts';
import type { Service } from '../model/service.ts';
import { print } from './document.ts';
import { createLibrary } from './templates/library.ts';
import { createRenderMemo, render } from './render.ts';

/** With a limit of 424 open files, 6 sockets fit into the quarter that is left for them, and 28 into 128 files. */
const settings: RenderSettings = {
  ...plainRender,
  defaults: { ...plainRender.defaults, maxconn: 500, openFiles: 424 },
};

/** A service with so many servers. */
function withServers(count: number, change: Partial<Service> = {}): Service {
  const servers = Array.from({ length: count }, (_, at) => {
    return { taskId: `t.${at}`, host: '10.0.0.1', ip: '10.0.0.1', port: 31_000 + at, draining: false };
  });
  return service(1, {}, { healthCheck: { protocol: 'HTTP' }, servers, ...change });
}

describe('maxconn of the default head', () => {
  const library = createLibrary(settings);
  const maxconns = (...worlds: readonly (readonly Service[])[]): readonly unknown[] => {
    const memo = createRenderMemo();
    return worlds.map((services) => {
      const text = print(render(services, settings, library, memo).document);
      expect(text).toBe(print(render(services, settings, library).document));
      return [...text.matchAll(/^ {2}maxconn (\d+)$/gm)].map(([, count]) => Number(count));
    });
  };

  it('leaves files for listeners and checked servers, also where only servers come and go', () => {
    const counts = [5, 6, 28, 5].map((count) => [withServers(count)]);
    expect(maxconns(...counts)).toEqual([159, 148, 100, 159].map((count) => [count, count]));
  });

  it('counts no servers that are not checked', () => {
    expect(maxconns([withServers(28, { healthCheck: undefined })])).toEqual([[159, 159]]);
    expect(maxconns([withServers(28, { healthCheck: undefined, sticky: true })])).toEqual([[100, 100]]);
  });

  it('is the operator’s in a head of their own', () => {
    const own = { ...settings, templates: { HEAD: 'global\n  maxconn 9\n' } };
    expect(print(render([withServers(28)], own, createLibrary(own)).document)).toMatch(/^global\n {2}maxconn 9\n/);
  });
});
