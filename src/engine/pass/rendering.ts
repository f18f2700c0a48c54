/** Renders for the installed HAProxy, which may be replaced by another version while the program runs. */
import { featuresOf, type HaproxyVersion } from '../../config/versions/version.ts';
import type { RenderSettings } from '../../config/settings.ts';
import { isSame } from '../../lib/deep-equal.ts';
import { createLibrary, type Library } from '../../render/templates/library.ts';
import { createRenderMemo, render } from '../../render/render.ts';
import type { Render } from './decide.ts';

export interface Rendering {
  readonly render: Render;
  /** Renders for another version from now on; returns whether that makes a difference. */
  changeVersion(version: HaproxyVersion): boolean;
}

export function createRendering(first: RenderSettings, firstLibrary: Library): Rendering {
  let settings = first;
  let library = firstLibrary;
  let memo = createRenderMemo();
  return {
    render: (services) => render(services, settings, library, memo),
    changeVersion(version) {
      const haproxy = featuresOf(version);
      if (isSame(haproxy, settings.haproxy)) return false;
      settings = { ...settings, haproxy };
      library = createLibrary(settings);
      memo = createRenderMemo();
      return true;
    },
  };
}
