import { z } from 'zod';
import { isSound } from '../../model/labels/is-sound.ts';
import { fieldRows, type LabelFields } from '../../model/labels/from-rows.ts';
import type { ServiceDefinition } from '../../model/service.ts';
import type { HealthCheck } from '../../model/snapshot.ts';

const text = z.string();
const some = z.string().optional();
const whole = z.int();
const count = whole.optional();

/** Reads a saved service definition. Returns null if it is none, or has values that no label may have (of another version). */
export function readDefinition(value: unknown): ServiceDefinition | null {
  const read = definition.safeParse(value).data as ServiceDefinition | undefined;
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
} satisfies Shape<HealthCheck>);

/** A schema for each field, also of those that may be undefined: none can be forgotten. */
type Shape<T> = { readonly [K in keyof Required<T>]: z.ZodType<T[K]> };

const ownFields = {
  app: text,
  index: whole,
  servicePort: whole,
  backend: text,
  mode: z.enum(['http', 'tcp']),
  vhosts: z.array(text),
  hostname: some,
  weight: z.number(),
  healthCheck: healthCheck.optional(),
  templates: z.record(text, text),
  typed: z.record(text, z.unknown()).optional(),
} satisfies Shape<Omit<ServiceDefinition, keyof LabelFields>>;

/** The fields of labels: `isSound` checks their values. */
const labelFields: Record<string, z.ZodType> = Object.fromEntries(fieldRows.map(({ field }) => [field, z.unknown().optional()]));

const definition = z.object({ ...labelFields, ...ownFields });
