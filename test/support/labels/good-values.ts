/** Values that labels which render lines may well have: all kinds of lines come of them. */
const HASH = '$5$abc$oIV8wJsTBTAXFKMjfX0RdvkhrFjH/EAB5VrpF0cHyq1';
const OTHER = '$1$abc$xyz';

export const SECRET = 'a-secret-of-64-characters-0123456789_~+/=abcdefghijklmnopqrstuvwx';
export const RSA_KEY =
  '-----BEGIN PUBLIC KEY-----\n' +
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvGZ4zhZ4kMtYayP03D4Z\n' +
  '4FscuPzA6gxlHEmYSdIjibmLcKnwNnhQ5EnnzEYvze0FwC4o860aM+4MumSd9Via\n' +
  'x0hmnx89uew6PTMnah3q1W4EGQLmDnCsjCrIog+FZdZZ8MkPU7B9d4GaEpomoVYH\n' +
  'DN/AVZ5rwVmkMLyZLl2bZYrYeJF0sfdrQWbDtx8oQFlGL5xbVffDl4nROvWEGolT\n' +
  'RT0seUeaJND2Q/MkePNtuLkLhuPxioNgCoIweLyOLakVm2+yx7+DHvZoymrVb38s\n' +
  'I1giss6eUXQedyOTWLIHYeOZ1E2mYZWGjftIryW+uwzBFzdAIICMrxcvy4IE7V9n\n' +
  'vQIDAQAB\n' +
  '-----END PUBLIC KEY-----';
const EC_KEY =
  '-----BEGIN PUBLIC KEY-----\n' +
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEFGRksWtJdQlvEjfT7QdqwOGlFChv\n' +
  'WlbKXLfL2ATzsVMo7xQ4XCGSRLxmzZzGQwGf8XJ5gNOuHYD1IGe4Tzw2Xg==\n' +
  '-----END PUBLIC KEY-----';

export const GOOD_VALUES: Readonly<Record<string, readonly string[]>> = {
  CERT: ['acme', 'ACME', 'shop'],
  TLS_MIN_VERSION: ['TLSv1.2', '1.3'],
  TLS_CIPHERS: ['ECDHE-RSA-AES256-GCM-SHA384', 'TLS_AES_256_GCM_SHA384, ECDHE-ECDSA-AES128-GCM-SHA256'],
  TLS_CLIENT_CA: ['partners', 'team-a.v2'],
  TLS_CLIENT_VERIFY: ['required', 'optional'],
  TIMEOUT_SERVER: ['5m', '10s', '12h'],
  TIMEOUT_CONNECT: ['500ms', '2s'],
  TIMEOUT_QUEUE: ['1s', '1m'],
  TIMEOUT_TUNNEL: ['1h', '1d'],
  RETRIES: ['0', '3'],
  RETRY_ON: ['conn-failure', '503, empty-response'],
  MAX_CONNECTIONS: ['1', '500'],
  MAX_QUEUE: ['1', '100'],
  SLOW_START: ['30s', '2m'],
  PROXY_PROTOCOL: ['v1', 'v2'],
  BACKEND_PROTOCOL: ['http', 'https', 'h2', 'h2c', 'grpc'],
  BACKEND_CA: ['system', '/golden/one.pem', '/golden/two.pem'],
  BACKEND_VERIFY_HOST: ['a.internal', 'b.internal'],
  STICKY_BY: ['cookie', 'source', 'header X-User', 'header Y-User', 'app-cookie A', 'app-cookie B'],
  STICKY_COOKIE: ['shop', 'other; Secure; HttpOnly', 'third; SameSite=None; Max-Age=60'],
  REDIRECT_FROM: ['www.a.test', 'old.b.test,older.b.test'],
  REDIRECT_CODE: ['301', '308'],
  REQUEST_HEADERS: ['set X-A: b', 'add X-B: c d "e"; del X-C', "set Y-A: it's\nadd Y-B: 100% of $HOME # all\ndel Y-C"],
  RESPONSE_HEADERS: ['set X-A: b', 'add X-B: c d "e"; del X-C', "set Y-A: it's\nadd Y-B: 100% of $HOME # all\ndel Y-C"],
  CORS_ORIGINS: ['*', 'https://a.test', '*.b.test', 'https://e.test,http://b.test:8080,*.c.test,d.test'],
  CORS_METHODS: ['GET', 'GET,PUT'],
  CORS_HEADERS: ['X-A', 'X-B,X-C'],
  CORS_CREDENTIALS: ['true', 'false'],
  CORS_MAX_AGE: ['10m', '5s'],
  REWRITE: ['^/v1/(.*)$ /\\1', '^/a/([^/]+)/(.*) /\\2/\\1; ^/old$ /new%20'],
  ALLOW: ['10.0.0.0/8', '::1, 10.1.1.1; /admin 10.0.0.0/16', '/admin 10.0.0.0/16; /x/y ::/0, 1.2.3.4'],
  DENY: ['192.0.2.0/24', '::1, 10.1.1.1; /admin 0.0.0.0/0', '/admin 10.0.0.0/16; /x/y ::/0, 1.2.3.4'],
  RATE_LIMIT_EXEMPT: ['10.0.0.0/8', '::1, 1.2.3.4'],
  RATE_LIMIT: ['100/10s', '5/m'],
  CLIENT_CONNECTIONS: ['20', '1'],
  MAX_BODY: ['10m', '1k'],
  AUTH_USERS: [`ann:${HASH}`, `bob:${OTHER}; eve:${OTHER}`],
  AUTH_URL: ['https://auth.test/check', 'http://10.0.0.9:4180/oauth2/auth?allowed_groups=a,b&x=%20!'],
  AUTH_SIGNIN: ['https://auth.test/start', '/oauth2/start?a=b'],
  AUTH_HEADERS: ['X-User', 'X-User,X-Groups,Authorization'],
  JWT_KEY: [SECRET, RSA_KEY, EC_KEY.replaceAll('\n', ' ')],
  JWT_ALG: ['HS256', 'hs384', 'HS512'],
  JWT_ISSUER: ['https://login.test/', 'shop'],
  JWT_AUDIENCE: ['shop', 'shop, https://api.test/?a=b'],
  CHECK_PATH: ['/health', '/up?deep=1'],
  CHECK_HOST: ['check.test', 'other.test:8080'],
  CHECK_STATUS: ['200', '200-299,404'],
  CHECK_INTERVAL: ['2s', '500ms'],
  CHECK_RISE: ['1', '3'],
  CHECK_FALL: ['2', '5'],
  MAINTENANCE: ['true', 'false', 'Back "soon", it\'s 50 % done # läuft', '<h1>Back soon</h1>'],
  COMPRESS: ['true', 'no', 'text/x-a', 'text/x-b,image/x-c'],
  ERROR_PAGES: ['shop', 'team-a.v2'],
  CACHE: ['60s', '5m 8m', '500s 1m'],
  ACCESS_LOG: ['on', 'off', 'errors'],
  CANARY_OF: ['/app-0', '/app-1:0'],
  CANARY_WEIGHT: ['0', '5', '100'],
  CANARY_MATCH: ['header X-Canary 1', 'cookie beta; header X-B yes', 'query new; method PUT,POST'],
  CANARIES: ['/a/b', '/app-1,/app-2'],
};

/** Other labels beside them. */
export const BESIDE: Readonly<Record<string, readonly string[]>> = {
  MODE: ['http', 'tcp'],
  PATH: ['/api', '-i /API'],
  PATH_TYPE: ['prefix', 'exact', 'begin'],
  MATCH: ['method POST', 'header X-Beta 1; query debug; cookie beta', 'query a b/c; header Accept'],
  AUTH: [`The Shop:ann:${HASH}`],
  STICKY: ['true'],
  USE_HSTS: ['true'],
  REDIRECT_TO_HTTPS: ['true'],
  BALANCE: ['leastconn', 'source'],
  BACKEND_NETWORK_ALLOWED_ACL: ['10.0.0.0/8 127.0.0.1'],
  HTTP_BACKEND_PROXYPASS_PATH: ['/app'],
  HTTP_BACKEND_REVPROXY_PATH: ['/app'],
  HTTP_BACKEND_REDIR: ['/start'],
  BACKEND_HTTP_OPTIONS: ['  option forwardfor\n  http-request set-header X-Own yes\n'],
};
