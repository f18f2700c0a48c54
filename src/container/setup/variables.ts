/** The environment variables of `marathon-lb run` (besides those of the templates), for the manual and for messages. */
export const variables = {
  PORTS: 'the ports that HAProxy may bind, comma separated; Marathon sets it. If it lacks a shared port, a warning says so',
  HAPROXY_SSL_CERT:
    'certificate with its key as PEM (`\\n` stands for a line end); written to `cert.pem` in the folder of `--cert-dir`',
  'HAPROXY_SSL_CERT0 … HAPROXY_SSL_CERT100': 'more of them, written to `cert0.pem` …',
  MESOS_SANDBOX: 'template files in the folder `templates` in there go before those of the image, unless `--templates` is given',
  HAPROXY_SYSCTL_PARAMS: 'kernel parameters to set, `name=value` separated by blanks',
  HAPROXY_SYSCTL_NONSTRICT: '`true`: go on where one cannot be set',
  HAPROXY_SYSLOGD: "`true`: HAProxy's log goes to stdout",
  SYSLOG_SOCKET: 'default of `--syslog-socket`, otherwise /dev/null',
  POLL_INTERVAL: 'seconds between two passes of the mode `poll` (60)',
  MARATHON_USER: 'user for Marathon',
  MARATHON_PASSWORD: 'password of this user',
  VAULT_TOKEN:
    'token for HashiCorp Vault, which is asked for `user` and `pass` for Marathon (KV version 1 or 2), and for certificates with `--cert-store vault:…`',
  VAULT_TOKEN_FILE:
    'in place of the token: absolute path of a file with it, which is read again for each request, so that another program (Vault Agent) can renew it',
  VAULT_HOST: "Vault's host; https, verified",
  VAULT_PORT: "Vault's port",
  VAULT_ADDR: 'in place of host and port: an address such as `https://vault.example.com:8200`',
  VAULT_PATH:
    'path of the secret for Marathon, such as `secret/marathon`; with KV version 2 `secret/data/marathon`. Not needed with `--cert-store vault:…`',
  VAULT_CACERT: "PEM file with the CA of Vault, otherwise the system's",
  VAULT_NAMESPACE: 'namespace of Vault Enterprise',
} as const;

/** The default of `--log-level` in `marathon-lb run`. */
export const RUN_LOG_LEVEL = 'INFO';

/** The options of `marathon-lb run` that the direct invocation does not have. */
export const runOptions = [
  {
    name: 'grace-period',
    kind: 'seconds',
    value: 'seconds',
    default: 8,
    min: 0,
    help: 'at the end connections have so long to end; keep it below the time after which the supervisor kills (Docker: 10 s, Marathon: taskKillGracePeriodSeconds)',
    section: 'Running',
    since: 'new',
  },
  {
    name: 'cert-dir',
    kind: 'text',
    value: 'folder',
    help: 'where certificates from the environment are written (default: /etc/ssl, or the folder ssl in that of --state-dir where that cannot be written)',
    section: 'Running',
    since: 'new',
  },
] as const;
