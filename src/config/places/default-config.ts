/** The file that HAProxy's packages, and the init systems that start it, go by; `--haproxy-config` names another. */
export const defaultConfig = '/etc/haproxy/haproxy.cfg';
