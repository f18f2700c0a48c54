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
export function marathonVerbs(ask: (method: string, path: string, body?: unknown) => Promise<unknown>): MarathonVerbs {
  const tell = async (method: string, id: string, body?: unknown, { force = false }: How = {}): Promise<void> => {
    await ask(method, `/v2/apps${id}${force ? '?force=true' : ''}`, body);
  };
  return {
    create: (app) => tell('POST', '', app),
    change: (id, part, how) => tell('PUT', id, part, how),
    scale: (id, instances, how) => tell('PUT', id, { instances }, how),
    restart: (id) => tell('POST', `${id}/restart`),
    remove: (id, how) => tell('DELETE', id, undefined, how),
  };
}
