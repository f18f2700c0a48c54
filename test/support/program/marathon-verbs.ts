import type { SimOptions } from '../../../sim/options.ts';

/** Sends a request to Marathon's API: the parsed answer. Throws if it is refused. */
export type AskMarathon = (method: string, path: string, body?: unknown) => Promise<unknown>;

/** Returns the function that asks the Marathon at `url`, with its credentials. */
export function askMarathon(url: string, auth: SimOptions['basicAuth']): AskMarathon {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (auth) headers['authorization'] = `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}`;
  return async (method, path, body) => {
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await fetch(url + path, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}

/** What tests tell Marathon to do, in words. Ids begin with a slash. */
export interface MarathonVerbs {
  create(app: object): Promise<void>;
  /** Changes a part of the definition. */
  change(id: string, part: object, how?: How): Promise<void>;
  scale(id: string, instances: number, how?: How): Promise<void>;
  restart(id: string): Promise<void>;
  remove(id: string, how?: How): Promise<void>;
}

interface How {
  /** Also if a deployment of the app is under way. */
  readonly force?: boolean;
}

/** Returns the verbs over a function that sends a request to Marathon's API. */
export function marathonVerbs(ask: AskMarathon): MarathonVerbs {
  const send = async (method: string, id: string, body?: unknown, { force = false }: How = {}): Promise<void> => {
    await ask(method, `/v2/apps${id}${force ? '?force=true' : ''}`, body);
  };
  return {
    create: (app) => send('POST', '', app),
    change: (id, part, how) => send('PUT', id, part, how),
    scale: (id, instances, how) => send('PUT', id, { instances }, how),
    restart: (id) => send('POST', `${id}/restart`),
    remove: (id, how) => send('DELETE', id, undefined, how),
  };
}
