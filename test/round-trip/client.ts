/**
 * A real client: a terminal of its own size, which is a pane of another server.
 */
import type { TestContext } from 'node:test';
import { TmuxRig, waitFor } from '../support/tmux-rig.js';

/** A client that is attached. */
export interface Client {
  type(...keys: readonly string[]): Promise<string>;
  /** Returns what its terminal shows. */
  screen(): Promise<string>;
}

/** Attaches a client of this size to a session, by its id or name, and waits until it is there. */
export async function attachClient(
  t: TestContext,
  rig: TmuxRig,
  session: string,
  { width = 80, height = 24 }: { readonly width?: number; readonly height?: number } = {},
): Promise<Client> {
  const terminal = await TmuxRig.make(t, { config: 'set -g status off' });
  await terminal.startEmpty();
  const command = ['env', '-u', 'TMUX', 'tmux', '-u', '-S', rig.socketPath, 'attach-session', '-t', session];
  const size = ['-x', String(width), '-y', String(height)];
  const before = (await rig.rows('list-clients', '#{client_pid}')).length;
  await terminal.tmux('new-session', '-d', '-s', 'terminal', ...size, ...command);
  await waitFor('the client', async () => (await rig.rows('list-clients', '#{client_pid}')).length > before);
  return {
    type: (...keys) => terminal.tmux('send-keys', '-t', 'terminal', ...keys),
    screen: () => terminal.tmux('capture-pane', '-p', '-t', 'terminal'),
  };
}
