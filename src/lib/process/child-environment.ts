type Env = Readonly<Record<string, string | undefined>>;

/**
 * The environment for a HAProxy that this program starts or asks. HAProxy replaces by the value of a variable each `"${NAME}"`
 * in its configuration, and labels are text of it: no variable may be there that not everybody may read.
 */
export function haproxyEnvironment(env: Env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value !== undefined && PUBLIC.test(name) ? [[name, value]] : [])),
  );
}

/** The environment for a program of the operator: all of it but the secrets of this program. */
export function hookEnvironment(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OWN_SECRET.test(name)));
}

const OWN_SECRET = /^(?:VAULT_TOKEN|MARATHON_PASSWORD|MARATHON_LB_ACME_EAB|DCOS_SERVICE_ACCOUNT_CREDENTIAL|HAPROXY_SSL_CERT\d*)$/;

/**
 * The loader's, the C library's, OpenSSL's and Lua's, the one that HAProxy documents as an input (configuration manual, section 2.4: the
 * others of `HAPROXY_*` it sets itself), and the host of a task of Marathon, for the operator's templates.
 */
const PUBLIC =
  /^(?:PATH|HOME|TZ|LANG|LC_\w+|LD_LIBRARY_PATH|OPENSSL_CONF|SSL_CERT_(?:DIR|FILE)|LUA_C?PATH|HAPROXY_LOCALPEER|HOST|HOSTNAME|PORTS|PORT\d*)$/;
