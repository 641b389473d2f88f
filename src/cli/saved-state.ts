/**
 * The saved state as a command sees it: one of history or the last good one, and what of it a restore is about.
 */
import { selectCandidates, type Candidate } from '../model/candidates.js';
import { fail, ok, type Result } from '../model/failure.js';
import type { Manifest } from '../model/manifest.js';
import { nothingReadable } from '../model/nothing-readable.js';
import type { Context } from '../model/ports.js';
import { openStore } from '../store/open-store.js';
import { serverInfo } from '../tmux/server-info.js';

/** What a user asks a restore for. */
export interface Request {
  readonly names: readonly string[];
  readonly from: string | null;
  readonly closed: boolean;
}

/** Returns the state with this id, or the last good one; nothing on disk is changed. */
export async function savedState(context: Context, id: string | null): Promise<Result<Manifest>> {
  const store = await openStore(context.stateFolder, { create: false });
  if (!store.ok) return store;
  if (id !== null) {
    const found = await store.value.find(id);
    return found.ok ? ok(found.value.manifest) : found;
  }
  const loaded = await store.value.peek();
  if (!loaded.ok) return loaded;
  const { stored, quarantined } = loaded.value;
  return stored === null ? fail(nothingReadable(context.stateFolder, quarantined)) : ok(stored.manifest);
}

/** Returns the saved sessions that a request is about, the newest state of each; fails as `selectCandidates` does. */
export async function requested(context: Context, request: Request): Promise<Result<readonly Candidate[]>> {
  const state = await savedState(context, request.from);
  if (!state.ok) return state;
  const { bootId, server, pending } = state.value;
  const live = await serverInfo({ binary: context.tmux, socketPath: context.socketPath });
  const isLive = live.ok && bootId === context.bootId && live.value.pid === server?.pid;
  const names = request.names.length === 0 ? null : request.names;
  // What is being closed on a living server is not lost; by its name it can be had.
  const open = isLive && names === null ? pending.filter(({ how }) => how !== 'closing') : pending;
  return selectCandidates({ ...state.value, pending: open }, { names, closed: request.closed, from: request.from });
}
