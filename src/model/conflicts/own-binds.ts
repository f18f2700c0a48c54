/** The addresses of the own frontend of a service: its rendered lines, read as HAProxy reads them. */
import { type BindLine, isAnyHost, readBind } from '../../haproxy-config/bind.ts';
import { fillLoosely } from '../labels/fill-loosely.ts';
import type { ServiceDefinition } from '../service.ts';

export interface OwnBind {
  /** `0.0.0.0` or `::`: any. */
  readonly host: string;
  readonly first: number;
  readonly last: number;
  /** Network interface; undefined: all. */
  readonly network: string | undefined;
  /** The label to change for another port, without `HAPROXY_{n}_`. */
  readonly label: string;
}

/** Returns the binds of a service; `own`: the operator's FRONTEND_HEAD binds the service port. */
export function ownBinds(service: ServiceDefinition, own: boolean): readonly OwnBind[] {
  let known = cache.get(service);
  if (known === undefined || known.own !== own) {
    known = { own, binds: readBinds(service, own) };
    cache.set(service, known);
  }
  return known.binds;
}

/** Returns the binds of addresses as `--bind-address` has them. */
export function bindsAt(addresses: string, port: number): readonly OwnBind[] {
  const line = readBind(`bind ${addresses.replaceAll(',', `:${port},`)}:${port}`);
  return line === undefined ? [] : bindsOf(line, () => 'PORT');
}

/** Returns whether two frontends would get in each other's way on one port. */
export function isOverlapping(some: readonly OwnBind[], others: readonly OwnBind[]): boolean {
  return some.some((one) =>
    others.some(
      (other) =>
        (one.network === undefined || other.network === undefined || one.network === other.network) &&
        (one.host === other.host || isAnyHost(one.host) || isAnyHost(other.host)),
    ),
  );
}

/** Returns whether a FRONTEND_HEAD binds the service port at all. */
export function bindsServicePort(frontendHead: string): boolean {
  return frontendHead.includes('{servicePort}');
}

const cache = new WeakMap<ServiceDefinition, { readonly own: boolean; readonly binds: readonly OwnBind[] }>();

const NONE: readonly OwnBind[] = [];

function readBinds(service: ServiceDefinition, own: boolean): readonly OwnBind[] {
  const { servicePort, bindAddr, bindOptions, sslCert, backend, mode, templates } = service;
  const { FRONTEND_HEAD: head, FRONTEND_BACKEND_GLUE: glue } = templates;
  const isPlain = head === undefined && glue === undefined && bindOptions === undefined && bindAddr === '*';
  if (isPlain) {
    return own ? [{ host: '0.0.0.0', first: servicePort, last: servicePort, network: undefined, label: 'PORT' }] : NONE;
  }
  const values = {
    backend,
    servicePort,
    bindAddr,
    mode,
    sslCert: sslCert === undefined ? '' : ` ssl crt ${sslCert}`,
    bindOptions: bindOptions === undefined ? '' : ` ${bindOptions}`,
  };
  const headText = head ?? (own ? '  bind {bindAddr}:{servicePort}{sslCert}{bindOptions}\n' : '');
  const elsewhere = head === undefined ? 'BIND_ADDR' : 'FRONTEND_HEAD';
  return [
    ...linesOf(fillLoosely(headText, values), (port) => (port === servicePort ? 'PORT' : elsewhere)),
    ...linesOf(fillLoosely(glue ?? '', values), () => 'FRONTEND_BACKEND_GLUE'),
  ];
}

function linesOf(text: string, labelOf: (port: number) => string): readonly OwnBind[] {
  return text.split('\n').flatMap((line) => {
    const bind = readBind(line);
    return bind === undefined ? [] : bindsOf(bind, labelOf);
  });
}

function bindsOf({ addresses, params }: BindLine, labelOf: (port: number) => string): readonly OwnBind[] {
  const at = params.indexOf('interface');
  const network = at === -1 ? undefined : params[at + 1];
  return addresses.flatMap((address) => {
    if (address.kind === 'other') return [];
    const { host, first, last } = address;
    return { host, first, last, network, label: labelOf(first) };
  });
}
