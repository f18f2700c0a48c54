/** `--dry --check`: what HAProxy rejects of a configuration, before it is live. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HaproxySettings } from '../../config/settings.ts';
import { withOwners } from '../../engine/alerts/alert-owners.ts';
import { quarantine } from '../../engine/quarantine/quarantine.ts';
import type { Alert } from '../../haproxy/check/alerts.ts';
import { documentFiles } from '../../haproxy/files/document-files.ts';
import { stage } from '../../haproxy/files/stage.ts';
import { runCheck } from '../../haproxy/check/run-check.ts';
import type { Problem } from '../../model/problem.ts';
import type { Service } from '../../model/service.ts';
import { type ConfigDocument, listsCertificates } from '../../render/document.ts';

export interface CheckedDocument {
  /** The document without the services that HAProxy rejects; unchanged if HAProxy rejects all of it. */
  readonly document: ConfigDocument;
  /** The rejections of HAProxy and how to fix them. */
  readonly report: string;
  readonly isRefused: boolean;
}

export interface DryCheck {
  readonly services: readonly Service[];
  readonly render: (services: readonly Service[]) => ConfigDocument;
  readonly settings: Pick<HaproxySettings, 'config' | 'binary'>;
}

/** Asks HAProxy about the configuration of these services, on temporary files. Throws a `HaproxyError` if it gives no answer. */
export async function checkDry({ services, render, settings }: DryCheck, signal: AbortSignal): Promise<CheckedDocument> {
  const folder = await mkdtemp(join(tmpdir(), 'marathon-lb-check-'));
  try {
    const config = join(folder, 'haproxy.cfg');
    const check = async (doc: ConfigDocument): Promise<readonly Alert[]> => {
      await using staged = await stage(
        documentFiles(doc, { from: settings.config, to: config, withKeys: listsCertificates(doc) }),
      );
      await staged.commit();
      const shownAs = new Map([[config, settings.config]]);
      const result = await runCheck({ binary: settings.binary, config, shownAs, signal });
      return result.kind === 'valid' ? [] : result.alerts;
    };
    // As with `--dry` alone, nothing counts that was learned before on this machine.
    const found = await quarantine({ services, render, check, lastGood: new Map() });
    const ending = `${settings.binary} rejects ${found.kind === 'accepted' ? count(found.problems) : 'the whole configuration'}`;
    if (found.kind === 'accepted') {
      const told = found.problems.map(formatRefusal).join('');
      const report = `${told}${ending} of ${services.length} services\n`;
      return { document: found.doc, report, isRefused: found.problems.length > 0 };
    }
    const document = render(services);
    const alerts = withOwners(document, services, found.alerts).map(({ message }) => message);
    const told = [...new Set(alerts)].slice(0, MOST_ALERTS).map((message) => `  ${message}\n`);
    return { document, report: `${ending}, for no reason of a single app:\n${told.join('')}`, isRefused: true };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const MOST_ALERTS = 10;

function count(problems: readonly Problem[]): string {
  return problems.length === 0 ? 'none' : String(new Set(problems.map(({ app, service }) => `${app} ${service}`)).size);
}

function formatRefusal({ app, service, label, detail, fix }: Problem): string {
  const where = [
    `app ${app}`,
    ...(service === undefined ? [] : [`backend ${service}`]),
    ...(label === undefined ? [] : [`label ${label}`]),
  ];
  return `${where.join(', ')}\n  ${detail}\n${fix === undefined ? '' : `  fix: ${fix}\n`}`;
}
