import { createSecretKey, randomBytes } from 'node:crypto';
import { SignJWT, jwtVerify } from 'jose';
import { z } from 'zod';
import type { SimOptions } from '../options.ts';

/** Decides who may ask: everybody if no authentication was set. */
export interface Authentication {
  /** Undefined: let in. */
  refuse(authorization: string | undefined): Promise<Response | undefined>;
  /** DC/OS login with a service account: POST /acs/api/v1/auth/login. Undefined if it is not set. */
  login: ((body: string) => Promise<Response>) | undefined;
}

const loginBody = z.object({ uid: z.string(), token: z.string() });
/** Life of an auth token of DC/OS. */
const FIVE_DAYS = 5 * 24 * 3600;

/** Basic authentication as Marathon does it, or tokens as DC/OS does. */
export function createAuthentication(
  { basicAuth, acs }: Pick<SimOptions, 'basicAuth' | 'acs'>,
  now: () => number,
): Authentication {
  if (basicAuth) {
    const wanted = `Basic ${Buffer.from(`${basicAuth.user}:${basicAuth.password}`).toString('base64')}`;
    const headers = { 'www-authenticate': 'basic realm="Mesosphere"', 'content-type': 'text/html' };
    const body = '<html><body><h2>HTTP ERROR 401</h2><p>Unauthorized</p></body></html>\n';
    return {
      refuse: async (authorization) => (authorization === wanted ? undefined : new Response(body, { status: 401, headers })),
      login: undefined,
    };
  }
  if (!acs) return { refuse: async () => undefined, login: undefined };
  const secret = createSecretKey(randomBytes(32));
  const currentDate = (): Date => new Date(now());
  return {
    refuse: async (authorization) => {
      const token = /^token=(.+)$/.exec(authorization ?? '')?.[1];
      if (token === undefined) return denied();
      try {
        await jwtVerify(token, secret, { algorithms: ['HS256'], currentDate: currentDate() });
        return undefined;
      } catch {
        return denied();
      }
    },
    login: async (body) => {
      try {
        const { uid, token } = loginBody.parse(JSON.parse(body));
        const { payload } = await jwtVerify(token, acs.publicKey, {
          algorithms: ['RS256'],
          requiredClaims: ['exp'],
          currentDate: currentDate(),
        });
        if (uid !== acs.uid || payload['uid'] !== uid) return denied();
        const expires = Math.floor(now() / 1000) + (acs.expiresInSeconds ?? FIVE_DAYS);
        const issued = await new SignJWT({ uid })
          .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
          .setExpirationTime(expires)
          .sign(secret);
        return Response.json(
          { token: issued },
          { headers: { 'set-cookie': `dcos-acs-auth-cookie=${issued}; Path=/; HttpOnly` } },
        );
      } catch {
        return denied();
      }
    },
  };
}

function denied(): Response {
  return Response.json({ message: 'Invalid username or password.' }, { status: 401 });
}
