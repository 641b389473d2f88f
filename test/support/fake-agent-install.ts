/**
 * Puts the fake agent into a folder under the name of one of them, in one of the two forms that they are met in.
 */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The compiled fake: one file without dependencies. */
export const FAKE_AGENT = fileURLToPath(new URL('./fake-agent.js', import.meta.url));

/** The agents that it plays. */
export const FAKE_AGENTS: readonly string[] = [
  ...['codex', 'gemini', 'qwen', 'copilot', 'opencode', 'crush', 'goose', 'cursor-agent', 'amp', 'aider'],
];

/**
 * Installs `<folder>/bin/NAME` and returns its path. As a `binary` it shows argv[0] NAME, as native builds do; as a `script` it is to be run as
 * `node <path>`, which /proc then shows.
 */
export function installFakeAgent(folder: string, name: string, form: 'binary' | 'script', script = FAKE_AGENT): string {
  const [bin, lib] = [join(folder, 'bin'), join(folder, 'lib')];
  const path = join(bin, name);
  mkdirSync(bin, { recursive: true });
  if (form === 'script') {
    symlinkSync(script, path);
    return path;
  }
  mkdirSync(lib, { recursive: true });
  symlinkSync(script, join(lib, name));
  writeFileSync(path, `#!/bin/bash\nexec -a ${name} '${process.execPath}' '${join(lib, name)}' "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}
