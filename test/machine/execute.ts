/**
 * Runs one program to its end, with a deadline. A program that outlives it is killed with all its children.
 */
import { spawn } from 'node:child_process';

/** What a program left behind: its exit code (null when a signal ended it) and all that it printed. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How `execute` runs a program. */
export interface ExecuteOptions {
  readonly input?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Returns the outcome of a program, whatever its exit code; rejects when it can't be started or outlives its deadline (30 s by default). */
export function execute(argv: readonly string[], { input, timeoutMs = 30_000 }: ExecuteOptions = {}): Promise<Outcome> {
  const [file = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    // A process group of its own: nsenter stays the parent of what it runs and dies without it.
    const child = spawn(file, args, { detached: true, stdio: 'pipe' });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
    let code: number | null = null;
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      reject(new Error(`'${argv.join(' ')}' ran longer than ${timeoutMs} ms\n${text(stdout)}${text(stderr)}`));
    }, timeoutMs);
    const end = (): void => {
      clearTimeout(timer);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ code, stdout: text(stdout), stderr: text(stderr) });
    };
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('exit', (status) => {
      code = status;
      // A daemon that the program left behind may hold its pipes open for ever: what is there is read, then the end is the exit.
      setTimeout(end, 1_000).unref();
    });
    child.on('close', end);
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
  });
}
