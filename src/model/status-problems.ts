/**
 * Decides what in a status keeps its user from being protected, each with the way out.
 */
import type { Manifest } from './manifest.js';
import type { Problem, StatusReport } from './report.js';
import { displayText } from './text.js';

/** A state that was not confirmed for so long, in seconds, is worth a word: the agent looks every 15 s. */
const STALE_SECONDS = 60;

/** Returns the problems of a status, the gravest first. */
export function statusProblems(status: Omit<StatusReport, 'problems'>, manifest: Manifest | null): Problem[] {
  const problems: Problem[] = [];
  const { agent, server } = status;
  if (!agent.running) {
    problems.push({
      code: 'agent-not-running',
      message: 'no agent is running: nothing is saved, and nothing comes back by itself',
      hint: 'systemctl --user enable --now tmux-persist',
    });
  }
  if (manifest === null && server !== null && server.sessions > 0) {
    problems.push({ code: 'nothing-saved', message: 'nothing is saved yet', hint: 'tmux-persist save' });
  }
  if (agent.running && server !== null && status.manifest !== null && status.manifest.ageSeconds > STALE_SECONDS) {
    problems.push({
      code: 'stale',
      message: `the agent runs, but the saved state was last confirmed ${String(status.manifest.ageSeconds)} s ago`,
      hint: 'journalctl --user -u tmux-persist',
    });
  }
  if (server?.unit != null && server.unit.endsWith('.scope') && /session-/.test(server.unit)) {
    problems.push({
      code: 'login-scope',
      message: `the tmux server lives in ${server.unit}, which may end with that login`,
      hint: 'the next server will live in tmux-server.service',
    });
  }
  const waiting = (manifest?.pending ?? []).filter((entry) => entry.how !== 'closing' && entry.how !== 'skipped');
  if (waiting.length > 0 && server !== null) {
    const names = waiting.map((entry) => displayText(entry.session.name));
    problems.push({
      code: 'not-restored',
      message: `${names.length === 1 ? 'a session is' : `${String(names.length)} sessions are`} not back: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ' ...' : ''}`,
      hint: 'tmux-persist restore',
    });
  }
  const skipped = (manifest?.pending ?? []).filter((entry) => entry.how === 'skipped');
  if (skipped.length > 0) {
    const names = [...new Set(skipped.map((entry) => displayText(entry.session.name)))];
    problems.push({
      code: 'name-taken',
      message: `a session of the same name was there first, so what was saved is kept aside: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ' ...' : ''}`,
      hint: 'rename the live session with tmux rename-session, then run: tmux-persist restore NAME',
    });
  }
  return problems;
}
