import { z } from 'zod';
import { ApiError } from '../api-error.ts';
import { fromOldDialect } from './app-input-1.4.ts';

/** What a client may send as an app: everything optional, old forms (`ports`, `ipAddress`, `container.docker.network`) turned into new ones. */
export type AppInput = z.infer<typeof inputSchema>;

const labels = z.record(z.string(), z.string());
const port = z.int().min(0).max(65_535);
const seconds = z.number().min(0);
const pathId = /^\/?(?:(?:[a-z0-9]|[a-z0-9][a-z0-9.-]*[a-z0-9])(?:\/|$))+$/;

const portMapping = z.object({
  containerPort: port.default(0),
  hostPort: port.optional(),
  servicePort: port.default(0),
  protocol: z.enum(['tcp', 'udp', 'udp,tcp']).default('tcp'),
  name: z.string().optional(),
  labels: labels.default({}),
  networkNames: z.array(z.string()).optional(),
});

const inputSchema = z.object({
  id: z.string().regex(pathId, 'must fully match regular expression of a path id (lower case, digits, dash, dots)').optional(),
  cmd: z.string().optional(),
  args: z.array(z.string()).optional(),
  user: z.string().optional(),
  env: z.record(z.string(), z.union([z.string(), z.object({ secret: z.string() })])).optional(),
  instances: z.int().min(0).optional(),
  cpus: z.number().min(0).optional(),
  mem: z.number().min(0).optional(),
  disk: z.number().min(0).optional(),
  gpus: z.int().min(0).optional(),
  labels: labels.optional(),
  container: z
    .object({
      type: z.enum(['DOCKER', 'MESOS']).default('DOCKER'),
      volumes: z.array(z.looseObject({})).default([]),
      docker: z
        .object({
          image: z.string(),
          forcePullImage: z.boolean().default(false),
          privileged: z.boolean().optional(),
          parameters: z.array(z.object({ key: z.string(), value: z.string() })).optional(),
        })
        .optional(),
      portMappings: z.array(portMapping).optional(),
    })
    .optional(),
  networks: z
    .array(
      z.object({
        mode: z.enum(['host', 'container', 'container/bridge']).default('container'),
        name: z.string().optional(),
        labels: labels.optional(),
      }),
    )
    .min(1)
    .optional(),
  portDefinitions: z
    .array(
      z.object({
        port: port.default(0),
        protocol: z.enum(['tcp', 'udp', 'udp,tcp']).default('tcp'),
        name: z.string().optional(),
        labels: labels.optional(),
      }),
    )
    .optional(),
  requirePorts: z.boolean().optional(),
  healthChecks: z
    .array(
      z.object({
        protocol: z.enum(['HTTP', 'HTTPS', 'TCP', 'COMMAND', 'MESOS_HTTP', 'MESOS_HTTPS', 'MESOS_TCP']).default('HTTP'),
        path: z.string().optional(),
        port: port.optional(),
        portIndex: z.union([z.int().min(0), z.string()]).optional(),
        command: z.object({ value: z.string() }).optional(),
        gracePeriodSeconds: seconds.default(300),
        intervalSeconds: seconds.default(60),
        timeoutSeconds: seconds.default(20),
        maxConsecutiveFailures: z.int().min(0).default(3),
        delaySeconds: seconds.default(15),
        ipProtocol: z.enum(['IPv4', 'IPv6']).optional(),
        ignoreHttp1xx: z.boolean().optional(),
      }),
    )
    .optional(),
  readinessChecks: z
    .array(
      z.object({
        name: z.string().default('readinessCheck'),
        protocol: z.enum(['HTTP', 'HTTPS']).default('HTTP'),
        path: z.string().default('/'),
        portName: z.string().default('http-api'),
        intervalSeconds: seconds.default(30),
        timeoutSeconds: seconds.default(10),
        httpStatusCodesForReady: z.array(z.int()).default([200]),
        preserveLastResponse: z.boolean().default(false),
      }),
    )
    .max(1)
    .optional(),
  upgradeStrategy: z
    .object({
      minimumHealthCapacity: z.number().min(0).max(1).default(1),
      maximumOverCapacity: z.number().min(0).max(1).default(1),
    })
    .optional(),
  unreachableStrategy: z
    .union([z.literal('disabled'), z.object({ inactiveAfterSeconds: seconds, expungeAfterSeconds: seconds })])
    .optional(),
  killSelection: z.enum(['YOUNGEST_FIRST', 'OLDEST_FIRST']).optional(),
  role: z.string().optional(),
  backoffSeconds: seconds.optional(),
  backoffFactor: z.number().min(0).optional(),
  maxLaunchDelaySeconds: seconds.optional(),
  taskKillGracePeriodSeconds: seconds.optional(),
  version: z.string().optional(),
});

/** Reads one app from a request: 422 with Marathon's `details` if it is not one. */
export function parseAppInput(value: unknown): AppInput {
  const parsed = inputSchema.safeParse(fromOldDialect(withoutNulls(value)));
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => ({ path: pathOf(issue.path), errors: [issue.message] }));
  throw new ApiError(422, 'Object is not valid', { details });
}

/** Reads the JSON of a request: 400 if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError(400, 'Invalid JSON', { details: error instanceof Error ? error.message : 'not JSON' });
  }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])),
  );
}

/** `/healthChecks(0)/port`; `/` is the object itself. */
function pathOf(path: readonly PropertyKey[]): string {
  let result = '';
  for (const part of path) result += typeof part === 'number' ? `(${part})` : `/${String(part)}`;
  return result || '/';
}
