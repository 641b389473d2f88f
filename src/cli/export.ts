/**
 * `tmux-persist export`: saved sessions in the words of others. What it prints starts no program: what ran stands in it as a comment.
 */
import type { Context } from '../model/ports.js';
import { exportScript } from './export-script.js';
import { exportTmuxp } from './export-tmuxp.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import { warn } from './output.js';
import { requested, savedState, type Request } from './saved-state.js';

/** Prints the sessions; returns the exit code. */
export async function exportSessions(
  context: Context,
  request: Request,
  format: 'tmuxp' | 'script' | null,
): Promise<number> {
  if (format === null) {
    warn("not exported: say --tmuxp or --script, as in 'tmux-persist export --tmuxp web'");
    return EXIT.usage;
  }
  const found = await requested(context, request);
  const state = found.ok ? await savedState(context, request.from) : found;
  if (!found.ok || !state.ok) {
    const failed = found.ok ? state : found;
    if (!failed.ok) warn(`not exported: ${describeFailure(failed.error)}`);
    return failed.ok ? EXIT.bug : exitCodeOf(failed.error);
  }
  const sessions = found.value.filter(({ part, session }) => !part && session.windows.length > 0);
  if (sessions.length === 0) {
    warn('not exported: no session is saved that could be');
    return EXIT.nothingSaved;
  }
  process.stdout.write(format === 'tmuxp' ? exportTmuxp(sessions) : exportScript(sessions, state.value.id));
  if (format === 'tmuxp' && sessions.length > 1)
    warn(
      `these are ${String(sessions.length)} documents, and tmuxp reads one a file: name one session at a time for it`,
    );
  return EXIT.done;
}
