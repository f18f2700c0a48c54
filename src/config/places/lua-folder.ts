import { fileURLToPath } from 'node:url';

/** The folder of this package whose files HAProxy loads: an absolute path, as HAProxy has a working directory of its own. */
export const luaFolder: string = fileURLToPath(new URL('../../../lua', import.meta.url));
