/**
 * What is wrong with the text of a HEAD template, undefined if nothing: HAProxy must stay in the foreground of what
 * supervises it, and must hand its listening sockets to the next process or requests are lost at reloads.
 */
export function headFault(head: string): string | undefined {
  const code = head.replaceAll(/#.*$/gm, '');
  if (/\bdaemon\b/.test(code)) {
    return 'HAPROXY_HEAD must not contain the word "daemon": HAProxy would leave the foreground and could not be supervised. Remove that line from the template.';
  }
  if (!/\bexpose-fd[ \t]+listeners\b/.test(code)) {
    return 'HAPROXY_HEAD must contain "expose-fd listeners": without it connections are lost at every reload. Add it to the socket line: stats socket /var/run/haproxy/socket level admin expose-fd listeners';
  }
  return undefined;
}
