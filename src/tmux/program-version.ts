/**
 * The version of the tmux program itself, asked of it without a server.
 */
import { execa } from 'execa';
import { fail, ok, type Result } from '../model/failure.js';
import { clientEnvironment } from './exec.js';

/** How long it may take, in ms: it opens nothing, but may lie on a disk that hangs. */
const TIMEOUT_MS = 2000;

/** Returns what `tmux -V` says, without the name: `3.3a`, `next-3.7`; fails with `tmux-missing`. */
export async function programVersion(binary: string): Promise<Result<string>> {
  const ran = await execa(binary, ['-V'], {
    env: clientEnvironment(),
    extendEnv: false,
    cwd: '/',
    stdin: 'ignore',
    reject: false,
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const [, version] = /^tmux (\S+)/.exec(ran.stdout) ?? [];
  if (version !== undefined) return ok(version);
  return fail({ reason: 'tmux-missing', detail: ran.shortMessage ?? 'it does not say its version' });
}
