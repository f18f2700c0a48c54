import { z } from 'zod';
import { isSound } from '../../model/labels/is-sound.ts';
import type { ServiceDefinition } from '../../model/service.ts';

const text = z.string();
const some = z.string().optional();
const flag = z.boolean();
const whole = z.int();
const count = whole.optional();

/** A service definition as it was written down: null where it is none, or has values that no label may have (of another version). */
export function readDefinition(value: unknown): ServiceDefinition | null {
  const read = definition.safeParse(value).data;
  return read !== undefined && isSound(read) ? read : null;
}

const healthCheck = z.object({
  protocol: some,
  path: some,
  port: count,
  portIndex: z.union([whole, text]).optional(),
  gracePeriodSeconds: z.number().optional(),
  intervalSeconds: z.number().optional(),
  timeoutSeconds: z.number().optional(),
  maxConsecutiveFailures: z.number().optional(),
});

const definition: z.ZodType<ServiceDefinition> = z.object({
  app: text,
  index: whole,
  servicePort: whole,
  backend: text,
  mode: z.enum(['http', 'tcp']),
  balance: text,
  vhosts: z.array(text),
  hostname: some,
  path: some,
  auth: z.object({ realm: text, user: text, password: text }).optional(),
  sticky: flag,
  redirectToHttps: flag,
  hsts: flag,
  sslCert: some,
  bindOptions: some,
  bindAddr: text,
  weight: z.number(),
  networkAllowed: some,
  proxypassPath: some,
  revproxyPath: some,
  redirPath: some,
  healthCheck: healthCheck.optional(),
  healthCheckPortIndex: z.number().optional(),
  templates: z.record(text, text),
});
