/** Whether two frontends on one port would get in each other's way. */

export interface Bind {
  /** As a bind line has it: `*`, `10.0.0.42`, `[::1]`, several separated by commas. */
  readonly address: string;
  /** What else the bind line says: `interface eth1`. */
  readonly options?: string | undefined;
}

/** `*` takes the port on all addresses; what is bound to another network interface is out of the way. */
export function overlap(a: Bind, b: Bind): boolean {
  const [one, other] = [interfaceOf(a), interfaceOf(b)];
  if (one !== undefined && other !== undefined && one !== other) return false;
  const [here, there] = [addressesOf(a), addressesOf(b)];
  return here.some((address) => isAny(address) || there.some((each) => isAny(each) || each === address));
}

function addressesOf({ address }: Bind): readonly string[] {
  return address.split(',').map((each) =>
    each
      .trim()
      .toLowerCase()
      .replace(/^(?:ipv4|ipv6)@/, '')
      .replace(/^\[(.*)\]$/, '$1'),
  );
}

function isAny(address: string): boolean {
  return ['', '*', '0.0.0.0', '::'].includes(address);
}

function interfaceOf({ options }: Bind): string | undefined {
  return /(?:^|\s)interface\s+(\S+)/.exec(options ?? '')?.[1];
}
