/**
 * Reads one manifest from one file. The one rule: a damaged file (it may be set aside) is never taken for one that is
 * refused (newer, foreign, or not to be read just now), which is left as it lies.
 */
import { fail, type Failure, type Result } from '../model/failure.js';
import { parseManifest, type Manifest } from '../model/manifest.js';
import type { StoredManifest } from '../model/ports.js';
import type { HistoryEntry } from '../model/report.js';
import { readFailure, readRegular, STATE_LIMIT, stampOf } from './read-regular.js';

/** What was found where a manifest may be. */
export type ManifestRead =
  | { readonly kind: 'good'; readonly stored: StoredManifest; readonly stamp: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'bad'; readonly failure: Failure }
  | { readonly kind: 'refused'; readonly failure: Failure };

/** Returns the manifest that lies at `path`, or what keeps it from being read. */
export async function readManifest(path: string): Promise<ManifestRead> {
  const read = await readRegular(path, STATE_LIMIT);
  if (read.kind === 'missing') return read;
  if (read.kind !== 'read') {
    const failed: Result<never> = readFailure(path, read);
    if (failed.ok) return failed.value;
    return { kind: read.kind === 'bad' ? 'bad' : 'refused', failure: failed.error };
  }
  const parsed = parseBytes(read.bytes, path);
  if (!parsed.ok) return { kind: parsed.error.reason === 'format-unknown' ? 'refused' : 'bad', failure: parsed.error };
  const stored = { manifest: parsed.value, path, bytes: read.bytes.length };
  return { kind: 'good', stored, stamp: stampOf(read.stats) };
}

/** Returns the line of history that stands for a manifest. */
export function entryOf({ manifest, path, bytes }: StoredManifest): HistoryEntry {
  const panes = manifest.windows.flatMap((window) => window.panes);
  return {
    id: manifest.id,
    savedAt: manifest.savedAt,
    trigger: manifest.trigger,
    sessions: manifest.sessions.length,
    windows: manifest.windows.length,
    panes: panes.length,
    conversations: panes.filter((pane) => (pane.program?.conversation ?? null) !== null).length,
    bytes,
    path,
  };
}

/** Returns what names the server that a manifest was taken from (R1), or null. */
export function serverKeyOf({ bootId, server }: Manifest): string | null {
  return server === null ? null : `${bootId} ${server.pid} ${server.startTime}`;
}

function parseBytes(bytes: Buffer, path: string): Result<Manifest> {
  let text: string;
  try {
    // Bytes that are not UTF-8 would pass as U+FFFD: a flipped bit in a name must not become the name.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return fail({ reason: 'state-unreadable', path, detail: 'it is not UTF-8' });
  }
  return parseManifest(text, path);
}
