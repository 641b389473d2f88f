/**
 * Whether what waits in a pane may start now: a conversation that a running process still holds has one terminal already. The processes of
 * a server that was killed may need a moment to end.
 */
import { AGENTS, recognise } from './families.js';
import { waitingProgram } from './launcher.js';
import type { ProcessView } from './process-view.js';
import { heldConversations } from './resume-context.js';
import { conversationKey } from './resume.js';

/** Returns what tells for the first process of a pane whether the conversation that its launcher is to start is held by no running process; the processes are looked at once, when first asked. */
export function freedom(view: ProcessView, home: string): (panePid: number) => boolean {
  let running: ReadonlySet<string> | null = null;
  return (panePid) => {
    const waiting = waitingProgram(view.read(panePid)?.argv ?? []);
    const known = waiting === null ? null : recognise(waiting.argv, () => waiting.argv[0] ?? null, AGENTS);
    const id = known === null ? null : (known.family.read(known.command.args)?.startId ?? null);
    if (known === null || id === null) return true;
    running ??= new Set(heldConversations(view, home, { waiting: false }).keys());
    return !running.has(conversationKey(known.family.kind, id));
  };
}
