/**
 * The first sentence of a status: whether what is open now is saved and would come back by itself. It is never better than the truth.
 */
import type { StatusReport } from './report.js';

/** Whether its user is protected, and the sentence that says so. */
export interface Protection {
  readonly protected: boolean;
  readonly words: string;
}

/** What of a status decides it. */
export type ProtectionFacts = Pick<StatusReport, 'agent' | 'server' | 'manifest' | 'problems' | 'lingering'>;

/** Problems with which what is open now is not saved, each with what that means; the first one found is told. */
const UNSAFE: Readonly<Record<string, string>> = {
  'agent-not-running': 'no agent is running, so nothing is saved, and nothing comes back by itself',
  'agent-halted': 'the agent stands still, so nothing is saved',
  'tmux-missing': 'there is no tmux that could be asked what is open',
  'tmux-too-old': 'this tmux is too old',
  'foreign-owner': 'the folder for what is saved cannot be trusted',
  'state-unwritable': 'nothing can be saved',
  'format-unknown': 'what is saved is of a newer version',
  'state-unreadable': 'what is saved cannot be read',
  'server-hung': 'the tmux server does not answer',
  'unreachable-server': 'a tmux server lives that nobody reaches',
  'snapshot-incomplete': 'the tmux server does not answer in full',
  stale: 'the last save is too old',
  'nothing-saved': 'nothing is saved yet',
  'crash-loop': 'all is saved, but nothing comes back by itself for the time being',
};

/** Returns the verdict of a status. */
export function protectionOf({ agent, server, manifest, problems, lingering }: ProtectionFacts): Protection {
  const codes = new Set(problems.map(({ code }) => code));
  const unsafe = Object.entries(UNSAFE).find(([code]) => codes.has(code));
  if (unsafe !== undefined) return { protected: false, words: `Not protected: ${unsafe[1]}.` };
  if (agent.state === 'starting') return { protected: false, words: 'Not protected yet: the agent is starting.' };
  if (agent.state === 'restoring') return { protected: true, words: `Restoring now. ${progress(server, manifest)}` };
  if (server === null && problems.length === 0)
    return { protected: true, words: 'Protected. No tmux server runs at the moment.' };
  if (lingering === false) return { protected: true, words: 'Protected while you are logged in, and no longer.' };
  if (problems.length > 0) return { protected: true, words: 'Protected, but something needs you.' };
  return { protected: true, words: 'Protected.' };
}

function progress(server: StatusReport['server'], manifest: StatusReport['manifest']): string {
  const [live, saved] = [server?.sessions ?? 0, manifest?.sessions ?? 0];
  return live < saved
    ? `${String(live)} of ${String(saved)} sessions are there so far, the rest comes by itself.`
    : 'All sessions are there; their panes are being looked through.';
}
