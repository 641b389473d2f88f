/**
 * Records in the journal what status tells of: that a server is gone and why (P9), and what a restore brought back.
 */
import { causeOfDeath, type Death, type DeathEvidence, type UnitDeath } from '../model/cause.js';
import { closeLate, closeServer, isClosedBy } from '../model/closing.js';
import { ok } from '../model/failure.js';
import type { Manifest } from '../model/manifest.js';
import { isLossOf, isOfAnother, wasClosed } from '../model/recovery.js';
import { whoEnded } from '../systemd/journal.js';
import type { Restored } from './restorer.js';
import type { Saver } from './saver.js';
import type { PresentServer } from './identify-server.js';
import { isTmuxServer } from './server-process.js';
import type { EndSeen } from './server-watch.js';

/** A server's death as the agent saw it. */
export interface LossSeen {
  readonly server: PresentServer;
  readonly unit: UnitDeath | null;
  readonly end: EndSeen;
  /** The unit that it lived in; null outside of any. */
  readonly place: string | null;
  /** Whether the machine, the user manager, or the login that the server lived in was ending. */
  readonly isStopping: boolean;
  /** Whether the service that it lived in as a guest was stopped or restarted. */
  readonly isHostStopped: boolean;
}

/** How long the journal may take to say who ended a server in order, in ms: until then nobody knows whether that was its user. */
const CLEAN_WITHIN_MS = 1000;
/** The same for one that was killed: it comes back in any case, and the journal has but the detail. */
const KILLED_WITHIN_MS = 250;
/** How far back the journal is asked about a death that was seen, in ms. */
const LATELY_MS = 30_000;

/** Returns why the server died, after the journal and the saved state know it; `isClosed` says that its sessions are closed. */
export async function recordLoss(
  saver: Saver,
  { server, place, unit, end, isStopping: shuttingDown, isHostStopped: hostStopped }: LossSeen,
): Promise<Death & { readonly isClosed: boolean }> {
  const evidence: DeathEvidence = {
    unit,
    waiter: end.waiter,
    oomKills: saver.memory.oomKillsNear(),
    memoryPressure: saver.memory.pressureNear(),
    journal: null,
    shuttingDown,
    hostStopped,
    bootIdChanged: false,
  };
  const at = new Date().toISOString();
  const first = causeOfDeath(evidence);
  const record = (close: boolean) => recordAs(saver, { server, place, unit }, { evidence, first, at, close });
  if (!first.clean) return record(false);
  // Who saved the next server before a kill-server is on record would take all that was closed for lost.
  const recorded = await saver.locked(async () => ok(await record(true)));
  return recorded.ok ? recorded.value : record(false);
}

async function recordAs(
  saver: Saver,
  { server, place, unit }: Pick<LossSeen, 'server' | 'place' | 'unit'>,
  { evidence, first, at, close }: { evidence: DeathEvidence; first: Death; at: string; close: boolean },
): Promise<Death & { readonly isClosed: boolean }> {
  const withinMs = first.clean ? CLEAN_WITHIN_MS : KILLED_WITHIN_MS;
  const since = new Date(Date.now() - LATELY_MS);
  const isAsked = first.cause !== 'stopped';
  const journal = isAsked ? await whoEnded({ pid: server.pid, unit: place, since, withinMs }) : null;
  const death = causeOfDeath({ ...evidence, journal });
  const isClosed = isClosedBy(death, saver.policy);
  const current = await saver.current();
  const manifest = current.ok ? (current.value?.manifest ?? null) : null;
  await saver.store.appendJournal({
    kind: 'loss',
    at,
    bootId: saver.context.bootId,
    cause: death.cause,
    detail: death.detail,
    sessions: manifest?.sessions.length ?? 0,
    unit: unit?.unit ?? place,
    closed: isClosed,
    server: { pid: server.pid, startTime: server.startTime },
  });
  if (isClosed && close) await closeAll(saver, server, at);
  return { ...death, isClosed };
}

/** Moves everything that lived on the server to `closed`; the caller holds the lock. */
async function closeAll(saver: Saver, server: PresentServer, at: string): Promise<void> {
  const current = await saver.current();
  if (!current.ok || current.value === null) return;
  const { manifest } = current.value;
  const { overtaken } = saver;
  if (!isOfAnother(manifest, server)) await saver.writeState(closeServer(manifest, at), 'kill-server');
  else if (overtaken !== null && !isOfAnother(overtaken, server)) {
    const state = closeLate(manifest, overtaken, at);
    if (state !== null) await saver.writeState(state, 'kill-server', manifest.bootId);
  }
}

/** Closes what a server held whose loss is on record as its user's doing: at that moment it could not be written. */
export async function closeLeftOver(saver: Saver): Promise<void> {
  await saver.locked(async () => {
    const [current, journal] = [await saver.current(), await saver.store.readJournal()];
    if (!current.ok || current.value === null || !journal.ok) return current;
    const { manifest } = current.value;
    if (manifest.sessions.length === 0 || !wasClosed(manifest, journal.value)) return current;
    return saver.writeState(closeServer(manifest, new Date().toISOString()), 'kill-server', manifest.bootId);
  });
}

/** Records the loss of the server that a manifest was taken from, when no agent saw it die. */
export async function recordUnseenLoss(saver: Saver, manifest: Manifest): Promise<void> {
  const { server } = manifest;
  if (server === null) return;
  const journal = await saver.store.readJournal();
  const identity = { ...server, bootId: manifest.bootId };
  if (journal.ok && journal.value.some((entry) => isLossOf(entry, identity))) return;
  const bootIdChanged = manifest.bootId !== saver.context.bootId;
  saver.memory.sample();
  const lookedAt = (await saver.store.checkedAt()) ?? new Date(manifest.savedAt);
  const asked = { pid: server.pid, unit: null, since: lookedAt, withinMs: KILLED_WITHIN_MS };
  const livesOn = !bootIdChanged && isTmuxServer(server.pid);
  const death = causeOfDeath({
    unit: null,
    waiter: null,
    oomKills: saver.memory.oomKillsNear(),
    memoryPressure: false,
    journal: bootIdChanged || livesOn ? null : await whoEnded(asked),
    shuttingDown: false,
    hostStopped: false,
    bootIdChanged,
  });
  await saver.store.appendJournal({
    kind: 'loss',
    at: new Date().toISOString(),
    bootId: manifest.bootId,
    cause: death.cause,
    detail: livesOn ? `its socket went to another server; it lives on as pid ${String(server.pid)}` : death.detail,
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
