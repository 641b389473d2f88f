/**
 * tmux-resurrect's own save script against the bench server, as its key binding runs it: inside the server, by run-shell.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchServer } from './server.js';

/** Saves the server by a checkout of tmux-resurrect; throws unless every pane is in its file. */
export function runResurrect(server: BenchServer, checkout: string, folder: string, panes: number): void {
  const saved = join(folder, 'resurrect');
  rmSync(saved, { recursive: true, force: true });
  server.tmux('set-option', '-g', '@resurrect-dir', saved);
  // Its scripts call a plain tmux: run-shell has TMUX name this server to them. It has no terminal to draw its spinner on.
  server.tmux('run-shell', `'${join(checkout, 'scripts', 'save.sh')}' quiet`);
  const lines = readFileSync(join(saved, 'last'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('pane\t'));
  if (lines.length !== panes) throw new Error(`tmux-resurrect saved ${lines.length} panes of ${panes}`);
}
