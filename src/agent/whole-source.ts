/**
 * Which saved state gives a restore what was set in the whole server: its `@` options, variables and paste buffers. They come with
 * everything, not with a session of it, and not into the server that they are from.
 */
import type { Candidate } from '../model/candidates.js';
import type { Manifest } from '../model/manifest.js';
import { isOfAnother } from '../model/recovery.js';
import type { ServerIdentity } from '../model/snapshot.js';
import { killedWhole } from '../model/undo.js';
import type { RestoreOrder } from './restorer.js';
import type { Saver } from './saver.js';

/** Returns that state, or null; of a server that its user killed it is the one that was written at that moment. */
export async function wholeSource(
  { store }: Saver,
  order: RestoreOrder,
  source: Manifest,
  candidates: readonly Candidate[],
  live: ServerIdentity,
): Promise<Manifest | null> {
  if (order.names === null) return isOfAnother(source, live) ? source : null;
  const at = order.from === null ? killedWhole(source.closed, new Set(candidates.map(({ key }) => key))) : null;
  if (at === null) return null;
  const history = await store.history();
  for (const { id, trigger } of history.ok ? history.value : []) {
    if (trigger !== 'kill-server') continue;
    const found = await store.find(id);
    const wrote = found.ok && found.value.manifest.closed.some(({ closedAt }) => closedAt === at);
    if (wrote) return isOfAnother(found.value.manifest, live) ? found.value.manifest : null;
  }
  return null;
}
