/**
 * Whose hook this is: the nearest process above it that its tool's family recognises. An agent that another agent runs to print something
 * fires the same hooks in the same pane, so a process whose arguments hold no conversation ends the search: nobody is recorded then.
 */
import type { Family } from '../family.js';
import type { ProcessInfo, ProcessView } from '../process-view.js';

/** No pane nests deeper. */
const DEPTH_LIMIT = 64;

/** Returns the process that holds the conversation of a hook that process `pid` started, or null. */
export function hookHolder(
  pid: number,
  family: Pick<Family, 'recognise' | 'read'>,
  view: Pick<ProcessView, 'read'>,
): ProcessInfo | null {
  let info = view.read(pid);
  for (let depth = 0; info !== null && info.pid > 1 && depth < DEPTH_LIMIT; depth += 1) {
    const command = family.recognise(info.argv, info.exe);
    if (command !== null) return family.read(command.args) === null ? null : info;
    info = view.read(info.ppid);
  }
  return null;
}
