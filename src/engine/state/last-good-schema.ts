import { z } from 'zod';
import { APP_ID } from '../../model/app-id.ts';
import { isSound } from '../../model/labels/is-sound.ts';
import { fieldRows, type LabelFields } from '../../model/labels/from-rows.ts';
import { backendName } from '../../model/names.ts';
import type { ServiceDefinition } from '../../model/service.ts';
import type { HealthCheck } from '../../model/workload.ts';

const text = z.string();
/** A line of the configuration has it in its middle. */
const line = text.regex(/^\P{Cc}*$/u);
const whole = z.int();
const port = whole.min(0).max(65_535);

/** Reads a saved service definition. Returns null if it is none, or has values that no app or label may have (of another version, or damaged). */
export function readDefinition(value: unknown): ServiceDefinition | null {
  const read = definition.safeParse(value).data as ServiceDefinition | undefined;
  if (read === undefined || read.backend !== backendName(read.app, read.servicePort)) return null;
  return isSound(read) ? read : null;
}

const healthCheck = z.object({
  protocol: line.optional(),
  path: line.optional(),
  port: port.optional(),
  portIndex: z.union([whole, line]).optional(),
  gracePeriodSeconds: z.number().optional(),
  intervalSeconds: z.number().optional(),
  timeoutSeconds: z.number().optional(),
  maxConsecutiveFailures: z.number().optional(),
} satisfies Shape<HealthCheck>);

/** A schema for each field, also of those that may be undefined: none can be forgotten. */
type Shape<T> = { readonly [K in keyof Required<T>]: z.ZodType<T[K]> };

const ownFields = {
  app: text.regex(APP_ID),
  index: whole.min(0),
  servicePort: port,
  backend: text,
  mode: z.enum(['http', 'tcp']),
  vhosts: z.array(text),
  hostPatterns: z.array(text).optional(),
  hostname: text.optional(),
  weight: z.number(),
  healthCheck: healthCheck.optional(),
  templates: z.record(text, text),
  typed: z.record(text, z.unknown()).optional(),
} satisfies Shape<Omit<ServiceDefinition, keyof LabelFields>>;

/** The fields of labels: `isSound` checks their values. */
const labelFields: Record<string, z.ZodType> = Object.fromEntries(fieldRows.map(({ field }) => [field, z.unknown().optional()]));

const definition = z.object({ ...labelFields, ...ownFields });
