/**
 * Whether a pane whose program had ended comes back as it was: it can only where tmux keeps panes that end, for
 * elsewhere it would vanish.
 */
import type { Pane, Window } from './manifest.js';
import type { ServerSettings } from './snapshot.js';
import { displayText } from './text.js';

/** Returns the exit status to end a restored pane with, or null where a shell is to be started: 1 for a signal, which can't be told apart later. */
export function deathOf(pane: Pane, window: Window, settings: ServerSettings): number | null {
  if (!pane.dead) return null;
  const status = pane.deadStatus ?? 1;
  const option = pane.options['remain-on-exit'] ?? window.options['remain-on-exit'] ?? settings.remainOnExit;
  // Under `failed` a pane that ends well is closed (tmux(1), 3.2 and later); `key` came with 3.7.
  const remains = displayText(option);
  return ['on', '1', 'key'].includes(remains) || (remains === 'failed' && status !== 0) ? status : null;
}
