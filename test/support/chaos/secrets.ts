/** What nobody but the program and HAProxy may read. */
export const SECRETS = {
  user: 'lb',
  /** Of Marathon. */
  password: 'of-marathon-4711',
  /** Of an app's AUTH label. */
  hash: '$5$salt$kpa26zwgX83BPSR8d7w93OIXbFt/d3UOTZaAu5vsTM6',
  /** In a template label. */
  key: 'of-a-backend-0815',
} as const;

/** The texts to look for. */
export const SECRET_TEXTS: readonly string[] = [SECRETS.password, SECRETS.hash, SECRETS.key, 'PRIVATE KEY-----'];
