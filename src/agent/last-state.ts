/**
 * The last good state of one socket, as this process knows it: read from disk only when somebody else replaced it, and written
 * with all that a manifest says beside the state itself.
 */
import { randomBytes } from 'node:crypto';
import { ok, type Result } from '../model/failure.js';
import type { State } from '../model/lineage.js';
import { MANIFEST_FORMAT, type Manifest } from '../model/manifest.js';
import type { Context, Store, StoredManifest } from '../model/ports.js';

/** Knows the last good state. */
export class LastState {
  /** Paths of saved states that could not be read, as of the last time there were any (R8). */
  setAside: readonly string[] = [];
  #known: { stamp: string; stored: StoredManifest } | null = null;

  constructor(
    readonly context: Context,
    readonly store: Store,
    /** Without it nothing is set aside. */
    readonly writes: boolean,
    /** Another process has replaced the state that was known here. */
    readonly replaced: (known: Manifest, now: Manifest) => void,
  ) {}

  /** The last good state as this process knows it, without a look at the disk; null before it has read or written one. */
  get known(): Manifest | null {
    return this.#known?.stored.manifest ?? null;
  }

  /** Returns the last good state on disk, or null where nothing was ever saved. */
  async read(): Promise<Result<StoredManifest | null>> {
    const stamp = await this.store.stamp();
    if (this.#known !== null && this.#known.stamp === stamp) return ok(this.#known.stored);
    const loaded = await (this.writes ? this.store.load() : this.store.peek());
    if (!loaded.ok) return loaded;
    const { stored, quarantined } = loaded.value;
    if (quarantined.length > 0) this.setAside = quarantined;
    if (stored !== null) {
      if (this.#known !== null) this.replaced(this.#known.stored.manifest, stored.manifest);
      await this.#remember(stored);
    }
    return ok(stored);
  }

  /** Replaces it; the caller holds the lock. `bootId` is that of the state's server. */
  async write(state: State, trigger: string, bootId = this.context.bootId): Promise<Result<StoredManifest>> {
    const saved = await this.store.save(this.#manifest(state, trigger, bootId));
    if (saved.ok) await this.#remember(saved.value);
    return saved;
  }

  /** Writes a state into history only. */
  archive(state: State, trigger: string): Promise<Result<StoredManifest>> {
    return this.store.archive(this.#manifest(state, trigger, this.context.bootId));
  }

  async #remember(stored: StoredManifest): Promise<void> {
    const stamp = await this.store.stamp();
    this.#known = stamp === null ? null : { stamp, stored };
  }

  #manifest(state: State, trigger: string, bootId: string): Manifest {
    const { host, machineId, version } = this.context;
    const savedAt = new Date().toISOString();
    const time = savedAt.replace(/[-:]/g, '');
    return {
      format: MANIFEST_FORMAT,
      id: `${time}-${randomBytes(2).toString('hex')}`,
      savedAt,
      trigger,
      host,
      machineId,
      bootId,
      programVersion: version,
      complete: true,
      server: state.server,
      sessions: [...state.sessions],
      windows: [...state.windows],
      pending: [...state.pending],
      closed: [...state.closed],
      buffers: [...state.buffers],
      lastSession: state.lastSession,
    };
  }
}
