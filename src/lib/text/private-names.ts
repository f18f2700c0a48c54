/** Host names that cannot be registered in the public DNS. */

/** RFC 6762 (`local`) and its appendix G, RFC 8375 (`home.arpa`), ICANN's reserved `internal`, and the names of Mesos-DNS and DC/OS. */
export const PRIVATE_DOMAINS: readonly string[] = [
  'local',
  'localhost',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'localdomain',
  'home.arpa',
  'mesos',
  'thisdcos.directory',
];

/** Returns whether a host name, in small letters and without a final dot, has no dot or is below a private domain. */
export function isPrivateName(name: string): boolean {
  return name !== '' && (!name.includes('.') || PRIVATE_DOMAINS.some((domain) => name.endsWith(`.${domain}`)));
}
