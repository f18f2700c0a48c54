import type { Service } from '../../../src/model/service.ts';
import { type ConfigDocument, type Owner, type Section, ServerLine } from '../../../src/render/document.ts';

/** A head that HAProxy accepts without a warning. */
export function head(folder: string): Section {
  const text = `global
  maxconn 100
  stats socket ${folder}/haproxy.sock level admin expose-fd listeners
defaults
  mode http
  timeout connect 3s
  timeout client 30s
  timeout server 30s
`;
  return { kind: 'head', name: 'head', blocks: [{ text }] };
}

/** A service with one server; `labels` are its templates. */
export function service(id: number, labels: Readonly<Record<string, string>> = {}, change: Partial<Service> = {}): Service {
  return {
    app: `/app-${id}`,
    index: 0,
    servicePort: 10_000 + id,
    backend: `app-${id}_${10_000 + id}`,
    mode: 'http',
    balance: 'roundrobin',
    vhosts: [`app-${id}.example.com`],
    sticky: false,
    redirectToHttps: false,
    hsts: false,
    bindAddr: '*',
    weight: 0,
    templates: labels,
    servers: [{ taskId: `task-${id}`, host: 'agent', ip: '10.0.0.1', port: 31_000, draining: false }],
    ...change,
  };
}

/**
 * A small document of services in the shape of the real one: one shared frontend with a rule (`RULE`) a service, then a backend a
 * service (`BACKEND`, `SERVER`: text that its labels put in).
 */
export function documentOf(services: readonly Service[], folder: string, port: number): ConfigDocument {
  const rules = services.map((each) => ({
    owner: ownerOf(each),
    text: each.templates['RULE'] ?? `  use_backend ${each.backend} if { hdr(host) -i ${each.vhosts[0]} }\n`,
  }));
  const frontend: Section = {
    kind: 'frontend',
    name: 'marathon_http_in',
    blocks: [{ text: `frontend marathon_http_in\n  bind 127.0.0.1:${port}\n` }, ...rules],
  };
  const backends = services.map((each): Section => ({
    kind: 'backend',
    name: each.backend,
    owner: ownerOf(each),
    blocks: [{ text: `backend ${each.backend}\n  balance ${each.balance}\n` }, { text: each.templates['BACKEND'] ?? '' }],
    servers: each.servers.map(
      (server) =>
        new ServerLine({
          name: `${server.host}_${server.port}`,
          taskId: server.taskId,
          text: `  server ${server.host}_${server.port} ${server.ip}:${server.port}${each.templates['SERVER'] ?? ''}\n`,
        }),
    ),
  }));
  return { sections: [head(folder), frontend, ...backends], files: [] };
}

function ownerOf(each: Service): Owner {
  return { app: each.app, index: each.index, backend: each.backend };
}
