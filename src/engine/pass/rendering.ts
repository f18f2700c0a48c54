/** Renders for the installed HAProxy, which may be replaced by another version while the program runs, and with the certificates of now. */
import { featuresOf, type HaproxyVersion } from '../../config/versions/version.ts';
import type { AcmeAnswer, RenderSettings } from '../../config/settings.ts';
import { isSame, isSameMap } from '../../lib/deep-equal.ts';
import type { CertificateTable } from '../../model/certificates/certificate.ts';
import { createCertificateMerge } from '../../render/certificates.ts';
import { createLibrary, type Library } from '../../render/templates/library.ts';
import type { TlsHosts } from '../../model/certificates/host-tls.ts';
import { allHosts } from '../../model/values/network/host-patterns.ts';
import type { ClientCas } from '../../model/certificates/client-cas.ts';
import { type TlsBounds, tlsBounds } from '../../render/tls/operator-versions.ts';
import { entryOptions } from '../../render/tls/options.ts';
import type { ListedHosts } from '../../render/tls/entries.ts';
import { chosenProblems } from '../../render/tls/chosen-problems.ts';
import type { ErrorPages } from '../../render/error-pages/sections.ts';
import { createRenderMemo, render } from '../../render/render.ts';
import type { Problem } from '../../model/problem.ts';
import type { Service } from '../../model/service.ts';
import type { Render } from './decide.ts';

export interface Rendering {
  readonly render: Render;
  /** Renders for another version from now on; returns whether that makes a difference. */
  changeVersion(version: HaproxyVersion): boolean;
  /** Renders with other authorities of clients from now on. */
  changeClientCas(clientCas: ClientCas | undefined): void;
  /** Renders with other error pages from now on. */
  changePages(pages: ErrorPages | undefined): void;
}

/** What is known of orders of certificates at the time of a call. */
export interface OrderView {
  /** Returns what HAProxy is to answer for them; undefined: nothing. */
  answer(): AcmeAnswer | undefined;
  /** Returns what is wrong with those for the hosts of services. */
  problems(services: readonly Service[]): readonly Problem[];
}

/** `certificates`: what counts at the time of a call; left out: nothing is known of them. `orders`: left out: there are none. */
export function createRendering(
  first: RenderSettings,
  firstLibrary: Library,
  certificates?: () => CertificateTable,
  orders?: OrderView,
): Rendering {
  let settings = first;
  let library = firstLibrary;
  let memo = createRenderMemo();
  const addCertificates = createCertificateMerge();

  /** HAProxy does not start with an empty list: until there is a certificate, it reads those of `--ssl-certs` itself. */
  const listIfAny = (table: CertificateTable): boolean => {
    const isListed = first.listsCertificates === true && table.certificates.length > 0;
    if (isListed !== (settings.listsCertificates === true)) {
      settings = { ...settings, listsCertificates: isListed };
      memo = createRenderMemo();
    }
    return isListed;
  };

  let listed: ListedHosts | undefined;
  let listedFrom: readonly Service[] | undefined;
  let listedSettings: RenderSettings | undefined;
  /** The same object for what gives the same entries. */
  const listedFor = (services: readonly Service[], hosts: TlsHosts): ListedHosts | undefined => {
    if (hosts.size === 0 && !settings.staplesOcsp) return (listed = undefined);
    if (listed !== undefined && listedFrom === services && listedSettings === settings && isSameMap(listed.hosts, hosts))
      return listed;
    const used = settings;
    const bounds = boundsOf(library);
    [listedFrom, listedSettings] = [services, settings];
    listed = {
      hosts,
      served: new Set(services.flatMap(allHosts)),
      optionsOf: (tls, certificate) => entryOptions(tls, certificate, used, bounds),
    };
    return listed;
  };

  const withAnswer = (): void => {
    const acmeAnswer = orders?.answer();
    if (acmeAnswer === settings.acmeAnswer) return;
    settings = { ...settings, acmeAnswer };
    memo = createRenderMemo();
  };

  const renderAll: Render = (services) => {
    const table = certificates?.();
    if (table === undefined) return render(services, settings, library, memo);
    const isListed = listIfAny(table);
    const rendered = render(services, settings, library, memo);
    const { tlsHosts } = rendered;
    const document = addCertificates(rendered.document, table, isListed, listedFor(services, tlsHosts));
    const problems = isListed ? chosenProblems(services, tlsHosts, table, () => boundsOf(library)) : [];
    return { ...rendered, document, problems: problems.length === 0 ? rendered.problems : [...rendered.problems, ...problems] };
  };

  return {
    render(services) {
      if (orders === undefined) return renderAll(services);
      withAnswer();
      const rendered = renderAll(services);
      const problems = orders.problems(services);
      return problems.length === 0 ? rendered : { ...rendered, problems: [...rendered.problems, ...problems] };
    },
    changeVersion(version) {
      const haproxy = featuresOf(version);
      if (isSame(haproxy, settings.haproxy)) return false;
      settings = { ...settings, haproxy };
      library = createLibrary(settings);
      memo = createRenderMemo();
      return true;
    },
    changeClientCas(clientCas) {
      if (settings.clientCas === clientCas) return;
      settings = { ...settings, clientCas };
      memo = createRenderMemo();
    },
    changePages(errorPages) {
      if (settings.errorPages === errorPages) return;
      settings = { ...settings, errorPages };
      memo = createRenderMemo();
    },
  };
}

/** Returns the versions of TLS of the operator's templates. */
function boundsOf(library: Pick<Library, 'fill'>): TlsBounds {
  return tlsBounds(`${library.fill('HEAD', {})}\n${library.fill('HTTPS_FRONTEND_HEAD', { sslCerts: '' })}`);
}
