/**
 * Records in the journal what status tells of: that a server is gone and why (P9), and what a restore brought back.
 */
import { causeOfDeath, type Death, type UnitDeath } from '../model/cause.js';
import { closeServer } from '../model/lineage.js';
import type { Manifest } from '../model/manifest.js';
import { isOfAnother } from '../model/recovery.js';
import { sameServer } from '../model/snapshot.js';
import type { Restored } from './restorer.js';
import type { Saver } from './saver.js';
import type { PresentServer } from './identify-server.js';
import type { EndSeen } from './server-watch.js';

/** Returns why the server died, after the journal and the saved state know it. */
export async function recordLoss(
  saver: Saver,
  server: PresentServer,
  unit: UnitDeath | null,
  end: EndSeen,
  shuttingDown: boolean,
): Promise<Death> {
  const death = causeOfDeath({
    unit,
    waiter: end.waiter,
    oomKills: saver.memory.oomKillsNear(),
    memoryPressure: saver.memory.pressureNear(),
    shuttingDown,
    bootIdChanged: false,
  });
  const at = new Date().toISOString();
  const current = await saver.current();
  const manifest = current.ok ? (current.value?.manifest ?? null) : null;
  await saver.store.appendJournal({
    kind: 'loss',
    at,
    bootId: saver.context.bootId,
    cause: death.cause,
    detail: death.detail,
    sessions: manifest?.sessions.length ?? 0,
    unit: unit?.unit ?? server.unit,
    server: { pid: server.pid, startTime: server.startTime },
  });
  if (death.clean) await closeAll(saver, server, at);
  return death;
}

/** Moves everything that lived on the server to `closed`; what another process saved meanwhile is read under the lock. */
async function closeAll(saver: Saver, server: PresentServer, at: string): Promise<void> {
  await saver.locked(async () => {
    const current = await saver.current();
    if (!current.ok || current.value === null || isOfAnother(current.value.manifest, server)) return current;
    return saver.writeState(closeServer(current.value.manifest, at), 'kill-server');
  });
}

/** Records the loss of the server that a manifest was taken from, when no agent saw it die. */
export async function recordUnseenLoss(saver: Saver, manifest: Manifest): Promise<void> {
  const { server } = manifest;
  if (server === null) return;
  const journal = await saver.store.readJournal();
  const seen =
    journal.ok &&
    journal.value.some(
      (entry) =>
        entry.kind === 'loss' &&
        entry.server !== null &&
        sameServer({ ...entry.server, bootId: entry.bootId }, { ...server, bootId: manifest.bootId }),
    );
  if (seen) return;
  const bootIdChanged = manifest.bootId !== saver.context.bootId;
  const death = causeOfDeath({
    unit: null,
    waiter: null,
    oomKills: 0,
    memoryPressure: false,
    shuttingDown: false,
    bootIdChanged,
  });
  await saver.store.appendJournal({
    kind: 'loss',
    at: new Date().toISOString(),
    bootId: manifest.bootId,
    cause: death.cause,
    detail: bootIdChanged ? death.detail : 'it ended while no agent was watching',
    sessions: manifest.sessions.length,
    unit: null,
    server: { pid: server.pid, startTime: server.startTime },
  });
}

/** Records what a restore did. */
export async function recordRestore(saver: Saver, restored: Restored, automatic: boolean): Promise<void> {
  const { report, conversations, server } = restored;
  await saver.store.appendJournal({
    kind: 'restore',
    at: new Date().toISOString(),
    bootId: saver.context.bootId,
    manifestId: report.manifestId,
    durationMs: report.durationMs,
    restored: report.restored,
    adopted: report.adopted,
    skipped: report.skipped,
    failed: report.failed,
    conversations,
    server,
    automatic,
  });
}
