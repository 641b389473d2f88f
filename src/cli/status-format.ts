/**
 * `tmux-persist status --format FORMAT`: the line for tmux's status line. Where `sh` can, it has answered before Node was started
 * (src/launch.sh); this is for the places that it leaves to us, and says the same.
 */
import type { Context } from '../model/ports.js';
import { parseLineNote, statusLine } from '../model/status-line.js';
import { openStore } from '../store/open-store.js';
import { isAlive } from '../store/process-identity.js';
import { EXIT } from './failures.js';
import { isHalted } from './halted.js';
import { print } from './output.js';

/** Prints the line; returns 0 in any case: a status line has no other way to say what is wrong. */
export async function statusFormat(context: Context, format: string): Promise<number> {
  const store = await openStore(context.stateFolder, { create: false });
  const note = store.ok ? parseLineNote((await store.value.readNote('status-line')) ?? '') : null;
  const checkedAt = store.ok ? await store.value.checkedAt() : null;
  const seconds = (ms: number): number => Math.floor(ms / 1000);
  const facts = {
    note,
    runs: note !== null && isAlive(note) && !isHalted(note.pid),
    checkedAt: checkedAt === null ? null : seconds(checkedAt.getTime()),
    now: seconds(Date.now()),
  };
  print(statusLine(format, facts));
  return EXIT.done;
}
