/**
 * `tmux-persist hook TOOL`: what agents run when a conversation begins or ends. What it prints would be told to the model and what it fails
 * with shown to the user, so it says nothing and always succeeds; a word that can't be kept is lost.
 */
import { AGENTS } from '../programs/families.js';
import { hookHolder } from '../programs/hooks/hook-holder.js';
import { PAYLOAD_LIMIT, readPayload } from '../programs/hooks/hook-payload.js';
import { procView } from '../programs/process-view.js';
import { hookRecordFolder, pruneHookRecords, writeHookRecord } from '../store/hook-record-file.js';
import { bootId } from '../store/process-identity.js';
import { stateHome } from '../store/state-home.js';

/** For how long a payload is waited for; what came by then counts. */
const INPUT_MS = 1000;

/** Records which conversation the agent above this process holds, if that can be told. */
export async function hook(tool: string): Promise<void> {
  const ts = Math.round(performance.timeOrigin);
  const { env } = process;
  const family = AGENTS.find(({ kind }) => kind === tool);
  const state = stateHome(env);
  if (family?.conversations === null || family === undefined || state === null) return;
  // An SDK's or an editor's conversation is not in a pane.
  if (tool === 'claude' && !['cli', '', undefined].includes(env['CLAUDE_CODE_ENTRYPOINT'])) return;
  // The ancestors first: at the end of a conversation they may be gone in a moment.
  const holder = hookHolder(process.ppid, family, procView());
  if (holder === null) return;
  const word = readPayload(await readInput(), family.conversations.validId);
  if (word === null) return;
  const folder = hookRecordFolder(state);
  const written = await writeHookRecord(folder, {
    v: 1,
    boot_id: bootId(),
    pid: holder.pid,
    starttime: holder.startTime,
    tool,
    session_id: word.sessionId,
    transcript_path: word.transcriptPath,
    cwd: word.cwd,
    source: word.source,
    permission_mode: word.permissionMode,
    tmux_socket: (env['TMUX'] ?? '').split(',')[0] || null,
    tmux_pane: /^%\d+$/.test(env['TMUX_PANE'] ?? '') ? (env['TMUX_PANE'] ?? null) : null,
    ts,
    ended: word.kind === 'end',
  });
  if (written) await pruneHookRecords(folder, Date.now());
}

/** Returns what stdin holds until its end, the limit or the deadline. */
function readInput(): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const done = (): void => resolve(Buffer.concat(chunks));
    if (process.stdin.isTTY) {
      done();
      return;
    }
    // On a machine that stands still what has come may not have been read when the time is over.
    setTimeout(() => setImmediate(done), INPUT_MS);
    process.stdin
      .on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > PAYLOAD_LIMIT) done();
      })
      .on('end', done)
      .on('error', done);
  });
}
