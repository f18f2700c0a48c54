import { z } from 'zod';

/**
 * What is done to the next `times` requests whose path begins with `path`: `status` (an HTML page, or JSON with `message`),
 * `latency`, `truncate` (half a body, then the connection ends), `invalid-json`, `html` (200), `empty-apps`, `reset`.
 */
export const faultSchema = z.object({
  kind: z.enum(['status', 'latency', 'truncate', 'invalid-json', 'html', 'empty-apps', 'reset']),
  status: z.int().min(400).max(599).optional(),
  /** A JSON body with this text instead of an HTML page. */
  message: z.string().optional(),
  /** Latency. */
  ms: z.number().min(0).optional(),
  times: z.int().min(1).optional(),
  path: z.string().optional(),
});

export type Fault = z.input<typeof faultSchema>;

/** What is wrong with event streams; all of them, from now on. */
export const streamFaultSchema = z.object({
  /** Nothing is sent any more, the connection stays. */
  silent: z.boolean().optional(),
  /** No heartbeats. */
  noHeartbeats: z.boolean().optional(),
  /** Every k-th event is lost. */
  dropEvery: z.int().min(1).optional(),
  /** Every event comes twice. */
  duplicate: z.boolean().optional(),
  /** Bytes per write: splits lines, CR LF and UTF-8 characters. */
  split: z.int().min(1).optional(),
});

export type StreamFault = z.infer<typeof streamFaultSchema>;

/** The faults that are set. */
export interface Faults {
  readonly pending: { fault: Fault; left: number }[];
  stream: StreamFault;
}

/** No faults. */
export function createFaults(): Faults {
  return { pending: [], stream: {} };
}

/** The fault for a request, counted as used. */
export function takeFault(faults: Faults, path: string): Fault | undefined {
  const index = faults.pending.findIndex(({ fault }) => path.startsWith(fault.path ?? '/v2'));
  const found = faults.pending[index];
  if (!found) return undefined;
  found.left -= 1;
  if (found.left <= 0) faults.pending.splice(index, 1);
  return found.fault;
}
