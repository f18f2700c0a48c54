import type { ServiceDefinition } from '../../model/service.ts';

/** Finds what to do about an alert, and the label that it is about if HAProxy's line does not show it. */
export interface Remedy {
  readonly fix?: string;
  readonly label?: string;
}

/** Returns the remedy that fits HAProxy's words; empty if nothing is known. */
export function fixFor(message: string, service: ServiceDefinition, label: string | undefined): Remedy {
  const own = message.slice(message.lastIndexOf('`: ') + 1);
  for (const { pattern, template, fix } of rows) {
    const match = pattern.exec(own);
    if (match === null) continue;
    const named = label ?? labelWith(template, service);
    return { ...(named !== undefined && { label: named }), fix: fix(match, named ?? 'the label') };
  }
  return label === undefined ? {} : { label, fix: `correct the label ${label}` };
}

interface Row {
  /** HAProxy's words. */
  readonly pattern: RegExp;
  /** Templates among whose labels the cause is looked for. */
  readonly template?: RegExp;
  readonly fix: (match: RegExpExecArray, label: string) => string;
}

const rows: readonly Row[] = [
  {
    pattern:
      /(?:unable to (?:stat|open|load)|(?:cannot|couldn't) (?:stat|open)|failed to open|No such file)[^]*?'?(?<!\w)(\/[\w.+@/-]+)/i,
    fix: ([, path], label) =>
      `the file ${path} does not exist on this load balancer, or cannot be read: put it there, or correct ${label}; it is tried as soon as the file changes`,
  },
  {
    pattern: /another server named '([^']*)'/,
    template: /^BACKEND_SERVER_OPTIONS$/,
    fix: ([, name], label) => `${label} gives every task the same server name ${name}: use {serverName}`,
  },
  {
    pattern: /could not resolve address '([^']*)'/,
    fix: ([, name]) => `the name ${name} cannot be resolved on this load balancer; it is tried again every minute`,
  },
  {
    pattern: /verify is enabled by default but no CA file specified/,
    template: /^BACKEND_SERVER_/,
    fix: (_, label) => `write "ssl verify none" in ${label}, or name a ca-file`,
  },
  {
    // HAProxy reads \n as a line end and quotes the word with it: a quoted word that ends with a blank.
    pattern: /unknown keyword '(?:\s*|\\n|n)'|^(?:[^']*'[^']*')*?[^']*'(?:[^']*\s|[^']*\\n)'/,
    fix: (_, label) =>
      `${label} holds a backslash that stands for nothing, perhaps the two characters \\n: write a real line break`,
  },
  {
    pattern: /no such ACL : '?([^\s']*)/,
    template: /NETWORK_ALLOWED_ACL$|_ACL/,
    fix: ([, name], label) =>
      `no line declares the ACL ${name}: let ${label} declare it by that name, or replace the template whose rule asks for it too`,
  },
];

function labelWith(template: RegExp | undefined, { templates, index }: ServiceDefinition): string | undefined {
  const name = template && Object.keys(templates).find((each) => template.test(each));
  return name === undefined ? undefined : `HAPROXY_${index}_${name}`;
}
