/** Which part of the requests of a service goes to another one. */
import { describeMatch } from '../../values/rules/request-matches.ts';
import { type LabelRow, without } from './row.ts';

export const canaries = [
  {
    name: 'CANARY_OF',
    group: 'A/B',
    per: 'service',
    type: 'service',
    refused: 'label',
    description:
      'The service that this one is a canary of: an app id and the index of a service port, `/shop:0`; without an index, that of this label. A part of the requests for its hosts and its service port goes to this service: those of CANARY_MATCH, and a share of the others. While none of its servers is healthy, all stay. The other app must be in the same folder; in the folder `/`, this one’s id must begin with its id and `-`. An app below the other one is allowed, too, and one that it names in CANARIES. This service must have what the other one has of ALLOW, DENY, AUTH_USERS, AUTH_URL, AUTH_HEADERS, AUTH_SIGNIN, JWT_KEY and what belongs to it, and BACKEND_NETWORK_ALLOWED_ACL, of AUTH if `--auth-scope all` is on or the other service has MATCH or a host that is a pattern, and beside AUTH of CORS_ORIGINS. By its own hosts and port it is reached as any service.',
    example: '/shop:0',
    needs: 'http',
    trait: (main) => `is a canary of ${main}`,
    renders: [],
  },
  {
    name: 'CANARY_WEIGHT',
    group: 'A/B',
    per: 'service',
    type: 'percent',
    refused: 'label',
    description:
      'How many of a hundred requests go to the canary. Changes without a reload. Several canaries of one service have at most 100 together.',
    default: '0',
    example: '5',
    needs: 'http',
    lacks: without('CANARY_OF'),
    trait: (weight) => `gets ${weight} of 100 of its requests`,
    renders: [],
  },
  {
    name: 'CANARY_MATCH',
    group: 'A/B',
    per: 'service',
    type: 'request matches',
    refused: 'label',
    description:
      'Requests that always go to the canary, whatever its weight, also during MAINTENANCE of the other service: `method GET,POST`, `header NAME VALUE`, `query NAME VALUE`, `cookie NAME VALUE`, or without a value any; one a line, or separated by semicolons. One of them is enough.',
    example: 'header X-Canary 1; cookie beta 1',
    needs: 'http',
    lacks: without('CANARY_OF'),
    trait: ({ rules }) => `gets its requests with ${rules.map(describeMatch).join(' or ')}`,
    renders: [],
  },
  {
    name: 'CANARIES',
    group: 'A/B',
    per: 'service',
    type: 'app ids',
    refused: 'label',
    description: 'Ids of apps, separated by commas, that may be canaries of this service although they are in another folder.',
    example: '/lab/shop',
    needs: 'http',
    trait: (apps) => `may have the canaries ${apps.replaceAll(',', ', ')}`,
    renders: [],
  },
] as const satisfies readonly LabelRow[];
