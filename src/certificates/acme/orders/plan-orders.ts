/** Which certificates to order now. Decides only: what a store, a clock or an ACME server says is given. */
import { allowsHost } from '../../../model/policy/rules/hosts.ts';

/** A host that shall have a certificate of the ACME server. */
export interface Wish {
  /** A name in small letters, or `*.example.com`. */
  readonly host: string;
  /** The app that wants it, the first one if there are several. */
  readonly app: string;
  /** Of its service port. */
  readonly index: number;
}

/** A certificate that was issued. */
export interface Issued {
  /** Milliseconds since 1970. */
  readonly starts: number;
  readonly ends: number;
  /** When the ACME server wants it to be renewed; left out: it does not say. */
  readonly renewAt?: number | undefined;
}

/** The last orders for a host failed. */
export interface Failure {
  /** How many in a row. */
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The ACME server wants no other try before. */
  readonly notBefore?: number | undefined;
}

export interface OrderSituation {
  readonly wishes: readonly Wish[];
  /** `--acme-domains`: nothing else is ordered. */
  readonly domains: readonly string[];
  /** Whether there is a hook for DNS-01: wildcards need it. */
  readonly hasDnsHook: boolean;
  readonly issued: ReadonlyMap<string, Issued>;
  readonly failures: ReadonlyMap<string, Failure>;
  /** When the last orders began, in milliseconds since 1970. */
  readonly begun: readonly number[];
  readonly now: number;
}

export interface OrderPlan {
  /** The most urgent first. */
  readonly due: readonly Wish[];
  /** Hosts that are wanted and are not ordered, however long one waits. */
  readonly refused: readonly (Wish & { readonly why: Refusal })[];
  /** When something may be due, in milliseconds since 1970; undefined: never. */
  readonly next: number | undefined;
  /** Some have to wait as too many were ordered in the last hours. */
  readonly isLimited: boolean;
}

/** `domains`: not in the allow-list. `wildcard`: it needs DNS-01. `name`: no public ACME server issues for it. `length`: no file can be called so. */
export type Refusal = 'domains' | 'wildcard' | 'name' | 'length';

/** To go on after the host. */
export const REFUSALS: Readonly<Record<Refusal, string>> = {
  domains: 'is not one of --acme-domains: no certificate is ordered for it',
  wildcard:
    'is a wildcard, for which a certificate needs DNS records: the operator has to name a program that sets them (--acme-dns-hook)',
  name: 'is no public host name: no certificate can be ordered for it',
  length: 'has more than 200 characters: no certificate is ordered for it, as the name of its file would be too long',
};

export function planOrders({ wishes, now, begun, ...rest }: OrderSituation): OrderPlan {
  const due: Due[] = [];
  const refused: (Wish & { readonly why: Refusal })[] = [];
  let next: number | undefined;
  const wait = (until: number): void => {
    next = Math.min(next ?? until, until);
  };
  for (const wish of firstOfEach(wishes)) {
    const why = refusalOf(wish.host, rest);
    if (why !== undefined) {
      refused.push({ ...wish, why });
      continue;
    }
    const [issued, failure] = [rest.issued.get(wish.host), rest.failures.get(wish.host)];
    const at = Math.max(issued === undefined ? now : renewalOf(issued), retryOf(failure));
    if (at > now) wait(at);
    // Among those that failed, a host whose certificate ends comes before one that never had one.
    else due.push({ wish, ends: issued?.ends ?? (failure === undefined ? 0 : Infinity), rank: rankOf(issued, failure, now) });
  }
  due.sort((one, other) => one.rank - other.rank || one.ends - other.ends);
  const recent = begun.filter((each) => each > now - WINDOW).sort((one, other) => one - other);
  const chosen: Wish[] = [];
  for (const { wish, rank } of due) if (recent.length + chosen.length < mostOf(rank)) chosen.push(wish);
  const isLimited = chosen.length < due.length;
  if (isLimited && chosen.length === 0) {
    for (const { rank } of due) wait((recent[recent.length - mostOf(rank)] ?? now) + WINDOW);
  }
  return { due: chosen, refused, next, isLimited };
}

interface Due {
  readonly wish: Wish;
  readonly ends: number;
  readonly rank: Rank;
}

/** What is ordered first: a renewal that cannot wait (0), a host without a certificate (1), another renewal (2), a host whose last order failed (3). */
type Rank = 0 | 1 | 2 | 3;

/** A renewal cannot wait if half of the time from its begin to the end of the certificate is over. */
function rankOf(issued: Issued | undefined, failure: Failure | undefined, now: number): Rank {
  if (failure !== undefined) return 3;
  if (issued === undefined) return 1;
  return now >= (renewalOf(issued) + issued.ends) / 2 ? 0 : 2;
}

/** Returns when a certificate is renewed: at two thirds of its lifetime, or when the ACME server says so, but never after its end. */
export function renewalOf({ starts, ends, renewAt }: Issued): number {
  return Math.min(renewAt ?? starts + ((ends - starts) * 2) / 3, ends);
}

/** Returns when an order that failed is tried again: after 30 s, 2.5 min, 12.5 min …, at most 12 h; later if the server says so, but never later than a week. */
export function retryOf(failure: Failure | undefined): number {
  if (failure === undefined) return 0;
  const { count, at, notBefore = 0 } = failure;
  const wait = Math.min(FIRST_WAIT * 5 ** Math.min(count - 1, 20), LONGEST_WAIT);
  return Math.min(Math.max(at + wait, notBefore), at + WEEK);
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WEEK = 7 * 24 * HOUR;
/** So there are four tries in the first hour: Let's Encrypt takes five that fail for an account and a host. */
const FIRST_WAIT = 30_000;
const LONGEST_WAIT = 12 * HOUR;

export const WINDOW = 3 * HOUR;

/**
 * Let's Encrypt takes 300 orders of an account in three hours; a part is left for others that use the account. Orders of a rank begin only as long as
 * fewer than this have begun: so hosts that fail keep nobody waiting, and new hosts, of which anybody can have many, no renewal until it is too late.
 */
const MOST_IN_WINDOW = [250, 200, 200, 150] as const;

function mostOf(rank: Rank): number {
  return MOST_IN_WINDOW[rank];
}

function firstOfEach(wishes: readonly Wish[]): readonly Wish[] {
  const seen = new Map<string, Wish>();
  for (const wish of wishes) if (!seen.has(wish.host)) seen.set(wish.host, wish);
  return [...seen.values()];
}

/** Returns why nothing is ordered for a host, however long one waits; undefined: it is. */
export function refusalOf(
  host: string,
  { domains, hasDnsHook }: Pick<OrderSituation, 'domains' | 'hasDnsHook'>,
): Refusal | undefined {
  if (!isOrderable(host)) return 'name';
  if (!allowsHost({ hosts: domains }, host)) return 'domains';
  if (host.length > LONGEST_HOST) return 'length';
  return host.startsWith('*.') && !hasDnsHook ? 'wildcard' : undefined;
}

/** Characters: a file's name has at most 255, of which the store needs some for itself. */
const LONGEST_HOST = 200;

/** Names of two parts or more, of letters, digits and hyphens; addresses are none. */
function isOrderable(host: string): boolean {
  const labels = (host.startsWith('*.') ? host.slice(2) : host).split('.');
  if (host.length > 253 || labels.length < 2 || /^\d+$/.test(labels.at(-1) ?? '')) return false;
  return labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
}
