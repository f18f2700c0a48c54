/** The two characters `\n` that old user interfaces of Marathon put into labels in the place of line breaks. */

/**
 * Returns a text with real line breaks if it has none and each `\n` in it stands where a line of a configuration ends; undefined if it stays as it
 * is: `\n` may be part of a regular expression, `\r\n` of a header.
 */
export function withLineBreaks(text: string): string | undefined {
  if (text.trim().includes('\n') || !text.includes(String.raw`\n`)) return undefined;
  const lines = text.split(/(?<!\\r|\\)\\n/);
  if (lines.length === 1) return undefined;
  const [, ...others] = lines;
  const isEach = others.every((line) => line.trim() === '' || KEYWORDS.has(/^\s*(?:no\s+)?(\S+)/.exec(line)?.[1] ?? ''));
  return isEach ? lines.join('\n') : undefined;
}

/** First words of lines in frontends and backends, old ones too. */
const KEYWORDS: ReadonlySet<string> = new Set(
  `acl appsession backend balance bind bind-process block capture clitimeout compression contimeout cookie default-server default_backend
  description disabled dispatch dynamic-cookie-key email-alert enabled errorfile errorfiles errorloc errorloc302 errorloc303 filter force-persist
  frontend fullconn hash-type http-after-response http-check http-error http-request http-response http-reuse http-send-name-header id ignore-persist
  listen load-server-state-from-file log log-format log-tag max-keep-alive-queue maxconn mode monitor monitor-net monitor-uri option persist
  rate-limit redirect redispatch reqadd reqallow reqdel reqdeny reqiallow reqidel reqideny reqipass reqirep reqitarpit reqpass reqrep reqtarpit
  retries retry-on rspadd rspdel rspdeny rspidel rspideny rspirep rsprep server server-template source srvtimeout stats stick stick-table
  tcp-check tcp-request tcp-response timeout unique-id-format unique-id-header use-server use_backend user userlist`
    .split(/\s+/)
    .filter(Boolean),
);
