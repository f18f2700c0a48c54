import { readFileSync } from 'node:fs';
import mustache from 'mustache';
import { describe, expect, test } from 'vitest';
import { Command } from 'commander';
import { addRunCommand } from '../../src/commands/balance/run.ts';
import { selfSigned } from '../../src/certificates/self-signed.ts';
import { prepare, type RunRequest } from '../../src/container/setup/settings.ts';
import { thisMachine } from '../../src/config/machine.ts';
import { startSim } from '../../sim/start.ts';

type Properties = Readonly<Record<string, { readonly default?: unknown; readonly pattern?: string }>>;

interface AppDefinition {
  readonly id: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, unknown>>;
  readonly ports: readonly number[];
  readonly healthChecks: readonly { readonly portIndex: number }[];
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(name, 'utf8'));
}

const config = read('dcos/config.json') as {
  properties: { 'marathon-lb': { properties: Properties; required: readonly string[] } };
};
const { properties, required } = config.properties['marathon-lb'];

/** What the package manager of DC/OS does: defaults of the schema, options of the user, resources. */
function rendered(options: object = {}): AppDefinition {
  const preset = Object.fromEntries(Object.entries(properties).map(([name, row]) => [name, row.default]));
  const view = { 'marathon-lb': { ...preset, ...options }, resource: read('dcos/resource.json') };
  return JSON.parse(mustache.render(readFileSync('dcos/marathon.json.mustache', 'utf8'), view)) as AppDefinition;
}

const internal = { name: 'marathon-lb-internal', 'haproxy-group': 'internal', 'bind-http-https': false, role: '*' };
const secret = { secret_name: 'lb/sa', 'marathon-uri': 'https://marathon.mesos:8443' };
const all = {
  'auto-assign-service-ports': true,
  'strict-mode': true,
  'haproxy-map': false,
  'container-syslogd': true,
  'template-url': 'http://files.test/templates.tgz',
  parameters: [{ key: 'volume', value: '/a:/b' }],
  'sysctl-params': '',
  'max-reload-retries': -1,
};

describe('the DC/OS package', () => {
  test('says what it is, and has the defaults of 1.15', () => {
    expect(read('dcos/package.json')).toMatchObject({
      packagingVersion: '4.0',
      name: 'marathon-lb',
      version: (read('package.json') as { version: string }).version,
    });
    const presets = Object.fromEntries(Object.entries(properties).map(([name, row]) => [name, row.default]));
    expect(presets).toMatchObject({
      cpus: 2,
      mem: 1024,
      instances: 1,
      'haproxy-group': 'external',
      'haproxy-map': true,
      role: 'slave_public',
      minimumHealthCapacity: 0.5,
      maximumOverCapacity: 0.2,
    });
    expect(Object.keys(presets)).toEqual(expect.arrayContaining([...required]));
  });

  test.each<[string, object, Partial<AppDefinition> & object]>([
    ['no options', {}, { id: '/marathon-lb' }],
    ['internal', internal, { id: '/marathon-lb-internal' }],
    ['a secret', secret, { id: '/marathon-lb' }],
    ['all else', all, { id: '/marathon-lb' }],
  ])('with %s it is an app that Marathon takes and the program understands', async (_what, options, expected) => {
    const app = rendered(options);
    expect(app).toMatchObject(expected);
    expect(app.ports[app.healthChecks[0]!.portIndex]).toBe(9090);
    await using sim = await startSim({});
    const response = await fetch(`${sim.url}/v2/apps`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...app, instances: 0 }),
    });
    expect([response.status, await response.text()]).toEqual([201, expect.any(String)]);
    const { settings } = await prepared(app);
    expect(settings.model.groups).toEqual([options === internal ? 'internal' : 'external']);
    expect(settings.render.bindHttpHttps).toBe(options !== internal);
    expect(settings.model.strictMode).toBe(options === all);
    expect(settings.model.assignedPorts).toEqual(options === all ? { min: 10050, max: 10100 } : undefined);
  });

  test('a certificate comes on one line: Cosmos puts texts into the JSON as they are', async () => {
    const pattern = new RegExp(properties['ssl-cert']?.pattern ?? 'none');
    const pem = await selfSigned({ hosts: ['a.test'], days: 2, now: new Date() });
    const line = pem.replaceAll('\n', String.raw`\n`);
    expect([pattern.test(pem), pattern.test(line), pattern.test('')]).toEqual([false, true, true]);
    expect(rendered({ 'ssl-cert': line }).env['HAPROXY_SSL_CERT']).toBe(pem);
  });

  test('the secret is the credential of the service account', () => {
    expect(rendered(secret)).toMatchObject({
      env: { DCOS_SERVICE_ACCOUNT_CREDENTIAL: { secret: 'serviceCredential' } },
      secrets: { serviceCredential: { source: 'lb/sa' } },
    });
  });
});

/** What `marathon-lb run` makes of the arguments and variables of the app. */
async function prepared(app: AppDefinition) {
  const program = new Command().exitOverride();
  let request: RunRequest | undefined;
  addRunCommand(program, async (found) => {
    request = found;
  });
  await program.parseAsync(['run', ...app.args], { from: 'user' });
  const texts = Object.entries(app.env).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  if (!request) throw new Error('the command was not called');
  return prepare(request, thisMachine({ ...Object.fromEntries(texts), PORTS: app.ports.join(',') }));
}
