import type { ModelSettings } from '../../config/settings.ts';
import { linkCanaries } from '../../model/canaries.ts';
import type { Service } from '../../model/service.ts';
import { describeMatch } from '../../model/values/rules/request-matches.ts';

/** Returns which part of the requests of a service goes to others, a phrase for each of them. */
export function canaryTraits(service: Service, services: readonly Service[], { authScope }: ModelSettings): readonly string[] {
  const linked = linkCanaries(services, authScope).services.find(({ backend }) => backend === service.backend);
  return (linked?.canaries ?? []).map((canary) => {
    const to = services.find(({ backend }) => backend === canary.backend);
    const matched = canary.matches.map(describeMatch).join(' or ');
    const others = matched === '' ? '' : ` and those with ${matched}`;
    return `${canary.weight} of 100 requests${others} go to ${to?.app}, service port ${to?.servicePort}, while one of its servers is healthy`;
  });
}
