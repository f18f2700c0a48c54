import { areIdentical, isSame } from '../lib/deep-equal.ts';
import type { CertificateTable } from '../model/certificates/certificate.ts';
import { type ConfigDocument, listsCertificates } from './document.ts';
import { type ListedHosts, listEntries } from './tls/entries.ts';
import { CRT_LIST, type CrtListFile } from './files/crt-list.ts';

/**
 * Returns a function that adds certificates to documents, with the list of them if HAProxy reads one; what did not change is the same object as at
 * the last call.
 */
export function createCertificateMerge(): (
  document: ConfigDocument,
  table: CertificateTable,
  isListed: boolean,
  listed?: ListedHosts,
) => ConfigDocument {
  let last:
    | {
        readonly from: ConfigDocument;
        readonly table: CertificateTable;
        readonly listed: ListedHosts | undefined;
        readonly to: ConfigDocument;
      }
    | undefined;
  let lastList: CrtListFile | undefined;
  return (from, table, isListed, listed = NOTHING) => {
    const { certificates } = table;
    if (
      last?.from === from &&
      last.table.certificates === certificates &&
      last.listed === listed &&
      listsCertificates(last.to) === isListed
    )
      return last.to;
    let { files } = from;
    if (isListed) {
      const list: CrtListFile = { kind: 'crt-list', name: CRT_LIST, entries: listEntries(certificates, listed) };
      if (lastList === undefined || !isSame(lastList, list)) lastList = list;
      files = [...from.files, lastList];
      if (last !== undefined && areIdentical(files, last.to.files)) files = last.to.files;
    }
    const to = { sections: from.sections, files, certificates };
    last = { from, table, listed, to };
    return to;
  };
}

const NOTHING: ListedHosts = { hosts: new Map(), served: new Set(), optionsOf: () => '' };
