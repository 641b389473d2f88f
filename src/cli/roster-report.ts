/**
 * `tmux-persist roster-report`, hidden: what root asks of each user, run as that user. It changes nothing, and prints one line of JSON.
 */
import type { Context } from '../model/ports.js';
import type { Cause } from '../model/report.js';
import type { RosterReport } from '../model/roster-report.js';
import { DEFAULT_UNITS } from '../model/unit-names.js';
import { openStore } from '../store/open-store.js';
import { userManager } from '../systemd/manager.js';
import { EXIT } from './failures.js';
import { gather } from './gather-status.js';
import { print } from './output.js';
import { connectManager } from './user-manager.js';

/** Prints the report. */
export async function rosterReport(context: Context): Promise<number> {
  const [{ report: status }, isEnabled] = await Promise.all([gather(context), askEnabled()]);
  const store = await openStore(context.stateFolder, { create: false });
  const journal = store.ok ? await store.value.readJournal() : store;
  const entries = journal.ok ? journal.value : [];
  const losses: Partial<Record<Cause, number>> = {};
  for (const entry of entries) if (entry.kind === 'loss') losses[entry.cause] = (losses[entry.cause] ?? 0) + 1;
  const report: RosterReport = {
    status,
    agentVersion: store.ok ? ((await store.value.readAgent())?.version ?? null) : null,
    isEnabled,
    losses,
    restores: entries.filter(({ kind }) => kind === 'restore').length,
  };
  print(JSON.stringify(report));
  return EXIT.done;
}

async function askEnabled(): Promise<boolean | null> {
  const bus = await connectManager();
  if (!bus.ok) return null;
  const enabled = await userManager(bus.value).isEnabled(DEFAULT_UNITS.agent);
  bus.value.close();
  return enabled.ok ? enabled.value : null;
}
