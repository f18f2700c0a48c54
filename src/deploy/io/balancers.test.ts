import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createBalancers } from './balancers.ts';
import { parseStats } from './stats-csv.ts';

const CSV = `# pxname,svname,qcur,qmax,scur,smax,slim,stot,status,rate,type,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,econ,eresp,rtime,last_chk,
x_80,FRONTEND,,,7,9,100,50,OPEN,3,0,0,50,0,0,0,0,,,,,
x_80,a_1_2_3_4_31000,1,2,3,4,,40,UP,2,2,0,30,5,1,4,0,2,1,12,"L7OK, ""fine""",
x_80,BACKEND,0,0,3,4,100,40,UP,2,1,0,30,5,1,4,0,2,1,12,,
empty_81,BACKEND,0,0,0,0,100,0,DOWN,0,1,0,0,0,0,0,0,0,0,0,,
`;

async function startServer(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const signal = new AbortController().signal;

test('servers by backend; backends without servers are there, too', () => {
  expect([...parseStats(CSV)]).toEqual([
    [
      'x_80',
      [
        {
          name: 'a_1_2_3_4_31000',
          status: 'UP',
          sessions: 3,
          queued: 1,
          total: 40,
          answers: [0, 0, 30, 5, 1, 4],
          failures: 3,
          answerTime: 12,
          rate: 2,
        },
      ],
    ],
    ['empty_81', []],
  ]);
  expect(() => parseStats('<html>')).toThrow(SyntaxError);
});

test('every address behind a name is asked, with its name and the credentials of the URL', async () => {
  const asked: string[] = [];
  await using server = await startServer((request, response) => {
    asked.push(`${request.headers.host} ${request.headers.authorization} ${request.url}`);
    response.end(request.url === '/base/haproxy?stats;csv' ? CSV : '17 18 19');
  });
  const { port } = server;
  await using balancers = createBalancers([`http://ann:p%40ss@lb.test:${port}/base`], {
    lookup: async (host) => (host === 'lb.test' ? ['127.0.0.2', '127.0.0.1'] : []),
  });
  const seen = await balancers.look(signal);
  // The server listens on the first address only.
  expect(seen).toEqual([
    { kind: 'answers', name: `lb.test:${port} (127.0.0.1)`, processes: 3, backends: parseStats(CSV), servesBoth: false },
    { kind: 'silent', name: `lb.test:${port} (127.0.0.2)`, why: 'ECONNREFUSED' },
  ]);
  const credentials = `Basic ${Buffer.from('ann:p@ss').toString('base64')}`;
  expect(asked).toEqual([
    `lb.test:${port} ${credentials} /base/haproxy?stats;csv`,
    `lb.test:${port} ${credentials} /base/_haproxy_getpids`,
    `lb.test:${port} ${credentials} /base/_mlb/health`,
  ]);
});

test('what is no statistics is silent; processes that are not told are not known', async () => {
  let isReady = false;
  await using server = await startServer((request, response) => {
    if (!isReady) response.writeHead(503).end();
    else if (request.url === '/haproxy?stats;csv') response.end(CSV);
    else response.writeHead(404).end('<html>');
  });
  const name = `127.0.0.1:${server.port}`;
  await using balancers = createBalancers([`http://${name}`]);
  expect(await balancers.look(signal)).toEqual([{ kind: 'silent', name, why: 'its statistics answer 503' }]);
  isReady = true;
  expect(await balancers.look(signal)).toMatchObject([{ kind: 'answers', name, processes: undefined }]);
});

test('statistics without an end are none', async () => {
  const line = Buffer.from('x_80,a,1,2,3,4,,40,UP,2,2\n'.repeat(40_000));
  await using server = await startServer((_, response) => {
    response.write(CSV);
    const more = (): void => {
      while (!response.destroyed && response.write(line));
    };
    response.on('drain', more);
    more();
  });
  const name = `127.0.0.1:${server.port}`;
  await using balancers = createBalancers([`http://${name}`]);
  expect(await balancers.look(signal)).toEqual([{ kind: 'silent', name, why: 'an answer of more than 67108864 bytes' }]);
});

test('one that carries both definitions is told from one of 1.15 and from an early one of this program, and is not asked again', async () => {
  const asked: (string | undefined)[] = [];
  let health: string | undefined;
  await using server = await startServer((request, response) => {
    asked.push(request.url);
    if (request.url !== '/_mlb/health') response.end(CSV);
    else if (health === undefined) response.writeHead(503).end('<html>');
    else response.end(health);
  });
  await using balancers = createBalancers([`http://127.0.0.1:${server.port}`]);
  expect(await balancers.look(signal)).toMatchObject([{ servesBoth: false }]);
  health = '{"status":"ok","version":"2.0.0-alpha.1","uptime":5}';
  expect(await balancers.look(signal)).toMatchObject([{ servesBoth: false }]);
  health = '{"status":"ok","version":"2.0.0","uptime":5,"carriesBothDefinitions":true}';
  expect(await balancers.look(signal)).toMatchObject([{ servesBoth: true }]);
  health = undefined;
  expect(await balancers.look(signal)).toMatchObject([{ servesBoth: true }]);
  expect(asked.filter((path) => path === '/_mlb/health')).toHaveLength(3);
});

test('the system finds a name', async () => {
  await using server = await startServer((_, response) => response.end(CSV));
  await using balancers = createBalancers([`http://localhost:${server.port}`]);
  const seen = await balancers.look(signal);
  expect(seen).toMatchObject([{ kind: 'answers', name: `localhost:${server.port} (127.0.0.1)` }]);
});

test('a name that cannot be looked up keeps its addresses; one that never had any is silent', async () => {
  await using server = await startServer((_, response) => response.end(CSV));
  let fails = false;
  const lookup = async (): Promise<readonly string[]> => {
    if (fails) throw new Error('EAI_AGAIN');
    return ['127.0.0.1'];
  };
  await using balancers = createBalancers([`http://lb.test:${server.port}`], { lookup });
  expect(await balancers.look(signal)).toMatchObject([{ kind: 'answers' }]);
  fails = true;
  expect(await balancers.look(signal)).toMatchObject([{ kind: 'answers' }]);
  await using others = createBalancers(['http://none.test:1'], { lookup });
  expect(await others.look(signal)).toEqual([{ kind: 'silent', name: 'none.test:1', why: 'the name has no address' }]);
});

test('an address that the name has no more counts for as long as it answers', async () => {
  let isThere = true;
  await using server = await startServer((_, response) => {
    if (isThere) response.end(CSV);
    else response.destroy();
  });
  let addresses = ['127.0.0.1'];
  await using balancers = createBalancers([`http://lb.test:${server.port}`], { lookup: async () => addresses });
  const names = async (): Promise<readonly string[]> => {
    return (await balancers.look(signal)).map(({ name, kind }) => `${/\((.*)\)/.exec(name)?.[1]} ${kind}`);
  };
  expect(await names()).toEqual(['127.0.0.1 answers']);
  addresses = ['127.0.0.2'];
  expect(await names()).toEqual(['127.0.0.1 answers', '127.0.0.2 silent']);
  isThere = false;
  expect(await names()).toEqual(['127.0.0.2 silent']);
  // It is forgotten: nobody waits for its return.
  isThere = true;
  expect(await names()).toEqual(['127.0.0.2 silent']);
});
