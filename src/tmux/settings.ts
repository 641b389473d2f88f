/**
 * Reads the server's settings that a restore or a capture depends on. What the user's tmux.conf says stays with tmux.conf:
 * nothing here is ever written back.
 */
import { ok, type Result } from '../model/failure.js';
import type { ServerSettings } from '../model/snapshot.js';
import { displayText } from '../model/text.js';
import { sourceLines, type TmuxTarget } from './exec.js';
import { splitQuoted } from './start-command.js';

const PREFIX = '@tmux-persist-';

/** Returns the server's settings; what it does not answer has tmux's default. */
export async function readSettings(target: TmuxTarget): Promise<Result<ServerSettings>> {
  const output = await sourceLines(target, [
    'show-options -g',
    'show-options -gw window-size',
    'show-options -g window-size',
  ]);
  if (!output.ok) return output;
  const values = new Map<string, string>();
  for (const line of output.value.stdout.toString('utf8').split('\n')) {
    const [name, value] = splitQuoted(line);
    if (name !== undefined) values.set(displayText(name), value === undefined ? '' : displayText(value));
  }
  const userOptions: Record<string, string> = {};
  for (const [name, value] of values) if (name.startsWith(PREFIX)) userOptions[name.slice(PREFIX.length)] = value;
  return ok({
    baseIndex: Number.parseInt(values.get('base-index') ?? '0', 10) || 0,
    windowSize: values.get('window-size') ?? 'latest',
    defaultShell: values.get('default-shell') ?? '/bin/sh',
    defaultCommand: values.get('default-command') ?? '',
    userOptions,
  });
}
