/** Limits for the labels of one app. */
export interface LabelLimits {
  /** Characters of a label's value (`--max-label-length`). */
  readonly labelLength: number;
  /** Host names of a service (`--max-vhosts`). */
  readonly vhosts: number;
  /** Hosts with ports that the label AUTH_URL may name (`--auth-hosts`); undefined: none. */
  readonly authHosts?: readonly string[] | undefined;
  /** Whether certificates are ordered for the label CERT (`--acme-domains`); undefined: they are. */
  readonly ordersCertificates?: boolean | undefined;
  /** Whether certificates are served by a list, so that hosts can have options of their own (`--cert-store`); undefined: they are. */
  readonly listsCertificates?: boolean | undefined;
  /** Whether there are authorities that the label TLS_CLIENT_CA can name (`--client-cas`); undefined: there are. */
  readonly hasClientCas?: boolean | undefined;
}

export const DEFAULT_LIMITS: LabelLimits = { labelLength: 65_536, vhosts: 1000 };
