/**
 * Brings the paste buffers back into a server that has none: beside buffers of its own the order of pasting would be nobody's.
 */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { PasteBuffer } from '../model/manifest.js';
import type { Store } from '../model/ports.js';
import { isAtLeast } from '../model/tmux-version.js';
import type { RestoreTarget } from '../tmux/batch.js';
import { BUFFER_BYTES_LIMIT, hasBuffers, loadBuffer } from '../tmux/buffers.js';

const unpack = promisify(gunzip);

/** Loads the buffers, oldest first, so that the newest is the one that is pasted; what can't be read any more is left out. */
export async function putBuffers(
  store: Store,
  target: RestoreTarget,
  buffers: readonly PasteBuffer[],
  version: string,
): Promise<void> {
  if (buffers.length === 0 || (await hasBuffers(target))) return;
  for (const { name, automatic, sha256 } of buffers.toReversed()) {
    const path = await store.contentsPath(sha256);
    const packed = path === null ? null : await readFile(path).catch(() => null);
    if (packed === null) continue;
    const bytes = await unpack(packed, { maxOutputLength: BUFFER_BYTES_LIMIT }).catch(() => null);
    if (bytes !== null) await loadBuffer(target, automatic ? null : name, bytes, isAtLeast(version, 3, 7));
  }
}
