import { describe, expect, it } from 'vitest';
import { readErrorPage } from './answer.ts';

const HEAD = 'HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\n';

describe('a file of --error-pages', () => {
  it.each([
    ['503.html', 'text/html; charset=utf-8'],
    ['503.json', 'application/json'],
  ])('%s is a body, whose head is made', (name, type) => {
    const text = `HTTP/1.1 503 Service Unavailable\r\nContent-Type: ${type}\r\nCache-Control: no-cache\r\nContent-Length: 6\r\n\r\nläuft`;
    expect(readErrorPage(name, 'läuft')).toEqual({ page: { status: 503, text } });
  });

  it.each([
    ['', 'hello'],
    ['Content-Length: 3\r\nConnection: close\r\n', 'hello'],
  ])('503.http is a whole answer, whose length is counted', (more, body) => {
    const text = `${HEAD}Content-Length: 5\r\n\r\nhello`;
    expect(readErrorPage('503.http', `${HEAD}${more}\r\n${body}`)).toEqual({ page: { status: 503, text } });
    expect(readErrorPage('503.http', `${HEAD}${more}\r\n${body}`.replaceAll('\r\n', '\n'))).toEqual({
      page: { status: 503, text },
    });
  });

  it('may answer with another status than its name says', () => {
    expect(readErrorPage('503.http', 'HTTP/1.0 200 OK\n\n')).toEqual({
      page: { status: 503, text: 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n' },
    });
  });

  it.each([
    ['index.html', '', 'must be named by a status'],
    ['503.txt', '', 'must be named by a status'],
    ['200.html', '', 'is for the status 200, for which HAProxy has no page'],
    ['414.html', '', 'is for the status 414'],
    ['503.html', 'x'.repeat(14_000), 'more than the 14000 that fit into a buffer'],
    ['503.http', '<h1>Away</h1>', 'no empty line between its head and its body'],
    ['503.http', '<h1>Away</h1>\n\n', 'does not begin with a line such as HTTP/1.1 503'],
    ['503.http', 'HTTP/1.1 100 Continue\n\n', 'does not begin with'],
    ['503.http', 'HTTP/2 503\n\n', 'does not begin with'],
    ['503.http', `${HEAD}no header\r\n\r\n`, 'is no header: "no header"'],
    ['503.http', `${HEAD}A: b\0\r\n\r\n`, 'is no header'],
    ['503.http', `${HEAD}Transfer-Encoding: chunked\r\n\r\n`, 'Transfer-Encoding'],
  ])('%s with %j is refused', (name, content, fault) => {
    expect(readErrorPage(name, content)).toEqual({ fault: expect.stringContaining(fault) });
  });
});
