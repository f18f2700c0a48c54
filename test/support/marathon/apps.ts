export type Labels = Readonly<Record<string, string>>;

/** An app in host mode with one service port, in the group `external`. */
export function app(id: string, port: number, labels: Labels = {}, more: object = {}): object {
  return {
    id,
    cmd: './run',
    instances: 1,
    labels: { HAPROXY_GROUP: 'external', ...labels },
    portDefinitions: [{ port, protocol: 'tcp' }],
    ...more,
  };
}

/** Asks `/health`; seconds are divided by the simulator's speed. HAProxy asks, too. */
export const healthCheck = {
  protocol: 'HTTP',
  path: '/health',
  portIndex: 0,
  gracePeriodSeconds: 1,
  intervalSeconds: 2,
  timeoutSeconds: 5,
  maxConsecutiveFailures: 100,
};
