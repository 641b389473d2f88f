/**
 * Brings the judgement of a look to disk: nothing but its time where all is as it was, a new state, or a state for the history alone.
 */
import { ok, type Result } from '../model/failure.js';
import type { Verdict } from '../model/lineage.js';
import type { Store, StoredManifest } from '../model/ports.js';
import type { LastState } from './last-state.js';

/** What stands on disk for a look. */
export interface Written {
  readonly stored: StoredManifest;
  /** Whether it is the last good state. */
  readonly saved: boolean;
  /** Why nothing was written there; null when a new state was. */
  readonly reason: string | null;
}

/** Returns what is on disk for the verdict, judged against `previous`; fails with what was there untouched. */
export async function writeVerdict(
  { last, store }: { readonly last: LastState; readonly store: Store },
  verdict: Verdict,
  previous: StoredManifest | null,
  trigger: string,
): Promise<Result<Written>> {
  if (verdict.kind === 'archive') {
    const archived = await last.archive(verdict.state, trigger);
    return archived.ok ? ok({ stored: archived.value, saved: false, reason: verdict.reason }) : archived;
  }
  if (verdict.kind === 'replace') return asLast(await last.write(verdict.state, trigger));
  if (previous === null) throw new Error('a first look can not be equal to anything');
  const touched = await store.touchChecked();
  if (touched.ok) return ok({ stored: previous, saved: true, reason: 'nothing changed since' });
  // It is equal to an earlier state, and the last one is gone or was set aside.
  return touched.error.reason === 'nothing-saved' ? asLast(await last.write(previous.manifest, trigger)) : touched;
}

const asLast = (written: Result<StoredManifest>): Result<Written> =>
  written.ok ? ok({ stored: written.value, saved: true, reason: null }) : written;
