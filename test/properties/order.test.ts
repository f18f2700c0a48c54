import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { print } from '../../src/render/document.ts';
import { printFile } from '../../src/render/files/kinds.ts';
import { goldenCases, outcomeOf, readCase } from '../support/rendering/golden.ts';

interface RawApp {
  readonly id: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly tasks: readonly unknown[];
}

/** All readable apps of the golden cases, an id once; without deployment groups, where Marathon's order counts. */
const pool: readonly RawApp[] = [
  ...new Map(
    goldenCases()
      .flatMap((name) => readCase(name).apps as readonly (RawApp | null)[])
      .flatMap((app) => (app?.id && app.tasks && !app.labels?.['HAPROXY_DEPLOYMENT_GROUP'] ? [[app.id, app] as const] : [])),
  ).values(),
];

const COMMAND_LINES = [
  '--group *',
  '--group external --group internal --health-check',
  '--group * --haproxy-map',
  '--group external --group-https-by-vhost',
  '--group * --group-https-by-vhost --haproxy-map --strict-mode',
  '--group * --dont-bind-http-https',
].map((line) => line.split(' '));

/** Some apps of the pool, and the same with apps and tasks in another order. */
const reordered = fc.subarray([...pool], { minLength: 1 }).chain((apps) =>
  fc.tuple(
    fc.constant(apps),
    fc
      .tuple(
        ...apps.map((app) =>
          fc.shuffledSubarray([...app.tasks], { minLength: app.tasks.length }).map((tasks) => ({ ...app, tasks })),
        ),
      )
      .chain((own) => fc.shuffledSubarray(own, { minLength: own.length })),
  ),
);

function told(apps: readonly unknown[], args: readonly string[]): unknown {
  const options = { args: [...args, '--min-serv-port-ip-per-task', '0', '--max-serv-port-ip-per-task', '0'] };
  const { document, problems } = outcomeOf(apps, options);
  return { config: print(document), maps: document.files.map(printFile), problems };
}

function drained(apps: readonly unknown[]): readonly string[] {
  return [...print(outcomeOf(apps).document).matchAll(/(\S+:\d+) .*disabled$/gm)].map((match) => match[1] as string);
}

describe('the order of apps and tasks', () => {
  it('changes nothing', () => {
    expect(pool.length).toBeGreaterThan(100);
    fc.assert(
      fc.property(reordered, fc.constantFrom(...COMMAND_LINES), ([apps, other], args) => {
        expect(told(other, args)).toEqual(told(apps, args));
      }),
      { numRuns: 60 },
    );
  });

  it('counts where ports are assigned: apps that ask for one port get it in that order', () => {
    const { apps, options } = readCase('assigned-ports');
    const problems = (some: readonly unknown[]) =>
      outcomeOf(some, options).problems.filter(({ code }) => code === 'no-service-port');
    expect(problems(apps).map(({ app }) => app)).toEqual(['/dddd', '/eeeee']);
    expect(problems(apps.toReversed()).map(({ app }) => app)).toEqual(['/a', '/bb']);
  });

  it('counts where two apps of a deployment group started at once: the one met first is the new one', () => {
    const at = '2026-02-01T10:00:00Z';
    const apps = (readCase('deployment-drain').apps as RawApp[])
      .filter(({ id }) => id.startsWith('/shop-'))
      .map((app) => ({ ...app, labels: { ...app.labels, HAPROXY_DEPLOYMENT_STARTED_AT: at } }));
    expect(drained(apps)).toEqual(['10.0.0.11:32000', '10.0.0.12:32010']);
    expect(drained(apps.toReversed())).toEqual(['10.0.0.11:31000', '10.0.0.12:31010']);
  });
});
