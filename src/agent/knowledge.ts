/**
 * What is known of the programs in a server's panes beside what their processes show now: what agents told our hooks, what the last saved
 * state says of the very same processes, and what the user chose.
 */
import { join } from 'node:path';
import type { Conversation, Manifest } from '../model/manifest.js';
import type { Policy } from '../model/policy.js';
import type { Context } from '../model/ports.js';
import { fileView } from '../programs/file-view.js';
import { hookRecords } from '../programs/hooks/hook-records.js';
import type { Knowledge } from '../programs/identify.js';
import type { ProcessView } from '../programs/process-view.js';
import type { PastHolders } from './past-holders.js';

/** Returns what is known; `previous` is the last saved state, of whatever server. */
export function knowledgeOf(
  { stateFolder, bootId }: Context,
  policy: Policy,
  previous: Manifest | null,
  view: ProcessView,
  holders: PastHolders,
): Knowledge {
  const known = new Map<string, Conversation>();
  // A process is the same while the machine is; which server its pane is in does not matter.
  for (const window of previous?.bootId === bootId ? previous.windows : []) {
    for (const { program } of window.panes) {
      if (program?.process == null || program.conversation === null) continue;
      known.set(keyOf(program.process.pid, program.process.startTime), program.conversation);
    }
  }
  return {
    choices: policy.programs,
    records: hookRecords(join(stateFolder, '..', '..', 'agents'), bootId, view, fileView()),
    heldAt: (id, at) => holders.heldAt(id, at),
    previous: (pid, startTime) => known.get(keyOf(pid, startTime)) ?? null,
  };
}

const keyOf = (pid: number, startTime: string): string => `${String(pid)} ${startTime}`;
