/** Writes what the load balancer does with rejected services, for other programs: `refusals.json` in the state folder. */
import { z } from 'zod';
import type { Logger } from '../../log/logger.ts';
import { isProblemCode, type Problem } from '../../model/problem.ts';
import { serviceKey } from '../alerts/attribute.ts';
import { createStateFile, type StateFile } from './state-file.ts';
import { EFFECTS, type Effect, type Rejections, rejectionProblem } from '../quarantine/candidate.ts';

export interface RejectionReport {
  /** The services that HAProxy refuses, and what is served in their place. */
  readonly refusals: readonly Refusal[];
  /** Why none of the last changes is live; undefined: they are live, except the rejected services. */
  readonly notLive: string | undefined;
  /** Keys of the services that HAProxy serves if the last changes are not live; undefined: not known. */
  readonly live: readonly string[] | undefined;
}

export interface Refusal {
  readonly app: string;
  readonly index: number;
  readonly effect: Effect;
  readonly problem: Problem;
}

export type RejectionReportFile = StateFile<RejectionReport>;

export const NO_REJECTIONS: RejectionReport = { refusals: [], notLive: undefined, live: undefined };

/** `served`: what HAProxy serves, as far as known. */
export function reportRejections(
  rejected: Rejections,
  notLive: string | undefined,
  served: readonly { readonly app: string; readonly index: number }[] | undefined,
): RejectionReport {
  const refusals = [...rejected.values()].map((rejection) => {
    const { definition, effect } = rejection;
    return { app: definition.app, index: definition.index, effect, problem: rejectionProblem(definition, rejection, effect) };
  });
  return { refusals, notLive, live: notLive === undefined ? undefined : served?.map(serviceKey) };
}

export interface RejectionReportFileOptions {
  /** State folder; made if it is missing. */
  readonly folder: string;
  readonly log: Logger;
  /** Milliseconds that pass before it is written. */
  readonly delay?: number;
}

export function createRejectionReportFile({ folder, log, delay = 200 }: RejectionReportFileOptions): RejectionReportFile {
  return createStateFile<RejectionReport>({
    folder,
    log,
    delay,
    name: 'refusals.json',
    none: () => NO_REJECTIONS,
    parse: (text) => {
      const { refusals, notLive, live } = schema.parse(JSON.parse(text));
      return { refusals, notLive, live };
    },
    print: (rejectionReport) => `${JSON.stringify({ format: 1, ...rejectionReport }, undefined, 1)}\n`,
    loss: 'marathon-lb explain does not know what HAProxy refuses',
  });
}

const text = z.string();

const schema = z.object({
  format: z.literal(1),
  refusals: z.array(
    z.object({
      app: text,
      index: z.int(),
      effect: z.enum(EFFECTS),
      problem: z.object({
        code: z.custom<Problem['code']>((value) => typeof value === 'string' && isProblemCode(value)),
        app: text,
        service: text.optional(),
        label: text.optional(),
        detail: text,
        fix: text.optional(),
      }),
    }),
  ),
  notLive: text.optional(),
  live: z.array(text).optional(),
});
