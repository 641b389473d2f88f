/**
 * Who is attached, and a word to one of them. A message stands in the status line of that client alone and goes with its next key:
 * nothing is typed into a pane.
 */
import { ok, type Result } from '../model/failure.js';
import type { Text } from '../model/text.js';
import { decodeField, encoded, literalFormat, quote } from './codec.js';
import { runTmux, sourceLines, type TmuxTarget } from './exec.js';

/** Returns the names of the clients that a person looks at, in the order in which they came: programs in control mode are none. */
export async function attachedClients(target: TmuxTarget): Promise<Result<readonly Text[]>> {
  const format = `#{client_created} #{client_control_mode} ${encoded('client_name')}`;
  const output = await runTmux(target, ['list-clients', '-F', format]);
  if (!output.ok) return output;
  const rows = output.value.stdout.toString('latin1').split('\n');
  const clients = rows.flatMap((row) => {
    const [, created, name = ''] = /^(\d+) 0 (.+)$/.exec(row) ?? [];
    return created === undefined ? [] : [{ created: Number(created), name: decodeField(name) }];
  });
  return ok(clients.sort((left, right) => left.created - right.created).map(({ name }) => name));
}

/** Shows a text to one client for some time, literally: a message is a format, and one of strftime(3) (tmux(1), display-message). */
export async function showMessage(
  target: TmuxTarget,
  client: Text,
  { text, forMs }: { readonly text: string; readonly forMs: number },
): Promise<Result<void>> {
  const literal = literalFormat(text.replaceAll('%', '%%'));
  const shown = await sourceLines(target, [
    `display-message -c ${quote(client)} -d ${String(forMs)} ${quote(literal)}`,
  ]);
  return shown.ok ? ok(undefined) : shown;
}
