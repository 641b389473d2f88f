/**
 * The real agent on a bench server: the built bundle, with the flags and the environment that the unit gives it.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from '../../src/model/ports.js';
import { until, type BenchServer } from './server.js';

/** An agent that runs. */
export interface BenchAgent {
  readonly pid: number;
  /** Returns once it watches a server, the one that is there or the next. */
  watching(): Promise<void>;
  kill(): void;
}

/** Returns the path of a file of this project. */
export function projectFile(...names: string[]): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'Makefile'))) folder = dirname(folder);
  return join(folder, ...names);
}

/** Returns the bundle. */
export const bundle = (): string => projectFile('dist', 'tmux-persist.js');

/** Returns what the unit runs node with. */
export function shipped(): { readonly flags: string[]; readonly environment: Record<string, string> } {
  const unit = readFileSync(projectFile('units', 'tmux-persist.service.in'), 'utf8');
  const flags = /^ExecStart=@RUN_NODE@ (.*?) ?@BUNDLE@/m.exec(unit)?.[1]?.split(' ') ?? [];
  const variables = [...unit.matchAll(/^Environment=(MALLOC_.*)$/gm)].flatMap((line) => (line[1] ?? '').split(' '));
  return {
    flags: flags.filter((flag) => flag !== ''),
    environment: Object.fromEntries(variables.map((variable) => variable.split('=', 2) as [string, string])),
  };
}

/** Starts an agent and returns it when it watches the server. */
export async function startAgent(server: BenchServer, context: Context): Promise<BenchAgent> {
  const { flags, environment } = shipped();
  const child = spawn(process.execPath, [...flags, bundle(), '-S', server.socket, 'agent', '--standalone'], {
    stdio: 'ignore',
    env: { ...server.environment(), ...environment },
  });
  const record = join(context.stateFolder, 'agent.json');
  const isWatching = (): boolean => {
    try {
      return readFileSync(record, 'utf8').includes('"watching"');
    } catch {
      return false;
    }
  };
  const agent = {
    pid: child.pid ?? 0,
    watching: () => until('the agent', isWatching),
    kill: () => void child.kill('SIGKILL'),
  };
  await agent.watching();
  return agent;
}
