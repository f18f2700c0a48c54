/** Answers of `--error-pages`, read from the files that operators write. */

/** An answer, or why the file cannot be used: the end of a sentence about it. */
export type ReadPage = { readonly page: ErrorPage } | { readonly fault: string };

export interface ErrorPage {
  readonly status: number;
  /** Head and body, with the right length of the body. */
  readonly text: string;
}

/** Reads a file by its name: `503.http` is a whole answer, `503.html` and `503.json` are a body. */
export function readErrorPage(name: string, content: string): ReadPage {
  const [, digits = '', ending = ''] = /^(\d{3})\.(http|html|json)$/.exec(name) ?? [];
  const reason = REASONS[digits];
  if (ending === '') return { fault: 'must be named by a status and .http, .html or .json, such as 503.html' };
  if (reason === undefined) {
    return { fault: `is for the status ${digits}, for which HAProxy has no page; those are ${Object.keys(REASONS).join(', ')}` };
  }
  const type = TYPES[ending];
  const head =
    type === undefined
      ? headOf(content)
      : { lines: [`HTTP/1.1 ${digits} ${reason}`, `Content-Type: ${type}`, 'Cache-Control: no-cache'], body: content };
  if ('fault' in head) return head;
  const bytes = Buffer.byteLength(head.body);
  const text = [...head.lines, `Content-Length: ${bytes}`, '', head.body].join('\r\n');
  const size = Buffer.byteLength(text);
  return size > LARGEST
    ? { fault: `has ${size} bytes, more than the ${LARGEST} that fit into a buffer of HAProxy` }
    : { page: { status: Number(digits), text } };
}

/** What HAProxy 2.6 and later have a page for; a page for 200 would be that of its health check. */
const REASONS: Readonly<Record<string, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  410: 'Gone',
  413: 'Payload Too Large',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  425: 'Too Early',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  json: 'application/json',
};

/** A buffer has 16,384 bytes, of which some are for headers that are added. */
const LARGEST = 14_000;

type Head = { readonly lines: readonly string[]; readonly body: string } | { readonly fault: string };

/** Returns the head of a whole answer without the length, which people forget to change, and what HAProxy refuses in it. */
function headOf(content: string): Head {
  const [, top, , body = ''] = /^([^]*?)(\r?\n)\r?\n([^]*)$/.exec(content) ?? [];
  if (top === undefined) return { fault: 'has no empty line between its head and its body, so that it is no HTTP answer' };
  const [first = '', ...headers] = top.split(/\r?\n/);
  if (!/^HTTP\/1\.[01] [2-5]\d\d(?: [\x20-\x7e]*)?$/.test(first)) {
    return { fault: `does not begin with a line such as HTTP/1.1 503 Service Unavailable` };
  }
  const wrong = headers.find((line) => !/^[!#$%&'*+.^_`|~\w-]+:[ \t]*[\x20-\x7e\t]*$/.test(line));
  if (wrong !== undefined) return { fault: `has a line in its head that is no header: ${JSON.stringify(wrong.slice(0, 60))}` };
  const coded = headers.find((line) => /^(?:transfer-encoding|connection|upgrade|trailer):/i.test(line));
  if (coded !== undefined && /^transfer-encoding:/i.test(coded)) {
    return { fault: 'has a Transfer-Encoding, which HAProxy does not take; leave that header out' };
  }
  return { lines: [first, ...headers.filter((line) => !/^(?:content-length|connection|upgrade|trailer):/i.test(line))], body };
}
