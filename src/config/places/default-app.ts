import type { ServiceName } from '../../model/default-app.ts';
import { parseServiceName, readServiceName } from '../../model/values/canaries.ts';
import { UsageError } from '../usage-error.ts';

/** Reads `--default-app`: an app id, with or without the index of a service port, which is 0 then. Throws `UsageError`. */
export function readDefaultApp(text: string | undefined): ServiceName | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const parsed = parseServiceName(text);
  if ('must' in parsed) throw new UsageError(`option --default-app: '${text}' ${parsed.must}`);
  const { app, index = 0 } = readServiceName(parsed.value);
  return { app, index };
}
