import type { Seen } from '../types.ts';
import type { Course } from '../decide/step.ts';

/** How to go on after a deploy stopped, by what is there. */
export function adviceFor({ apps }: Pick<Seen, 'apps'>, { fresh }: Pick<Course, 'fresh'>): string {
  const [first, second] = apps;
  if (second) return '--resume goes on, --rollback takes it back';
  if (first?.app.id === fresh) return '--resume goes on';
  return 'once the group has the instances that it should have, the command without --resume begins anew';
}
