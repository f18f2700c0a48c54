/** How much one app may write into its labels. */
export interface LabelLimits {
  /** Characters of a label's value (`--max-label-length`). */
  readonly labelLength: number;
  /** Host names of a service (`--max-vhosts`). */
  readonly vhosts: number;
}

export const DEFAULT_LIMITS: LabelLimits = { labelLength: 65_536, vhosts: 1000 };
