/** Apps of three tasks each that are only data, with a vhost and a service port on an address of their own. */
export function fleet(count: number): object[] {
  return Array.from({ length: count }, (_, number) => ({ ...fleetApp(number), instances: 3 }));
}

/** App `number` of a fleet, with one task; its service port is on no address that anything else of the machine uses. */
export function fleetApp(number: number, labels: Readonly<Record<string, string>> = {}): object {
  return {
    id: `/fleet/app-${number}`,
    cmd: './run',
    instances: 1,
    portDefinitions: [{ port: FIRST_PORT + number, protocol: 'tcp' }],
    labels: {
      HAPROXY_GROUP: 'external',
      HAPROXY_0_VHOST: fleetHost(number),
      HAPROXY_0_BIND_ADDR: '127.77.0.1',
      ...labels,
    },
  };
}

/** The vhost of app `number`. */
export function fleetHost(number: number): string {
  return `app-${number}.fleet.test`;
}

const FIRST_PORT = 10_000;
