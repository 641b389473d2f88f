/**
 * Puts the fake Claude into a folder under the name `claude`, in one of the two forms that the real one is met in.
 */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The compiled fake: one file without dependencies. */
export const FAKE_CLAUDE = fileURLToPath(new URL('./fake-claude.js', import.meta.url));

/**
 * Installs `<folder>/bin/claude` and returns its path. As a `binary` it shows argv[0] `claude` with its arguments,
 * as the native build does; as a `script` it is to be run as `node <path>`, which /proc then shows.
 */
export function installFakeClaude(folder: string, form: 'binary' | 'script'): string {
  const bin = join(folder, 'bin');
  const path = join(bin, 'claude');
  mkdirSync(bin, { recursive: true });
  if (form === 'script') {
    symlinkSync(FAKE_CLAUDE, path);
  } else {
    writeFileSync(path, `#!/bin/bash\nexec -a claude '${process.execPath}' '${FAKE_CLAUDE}' "$@"\n`);
    chmodSync(path, 0o755);
  }
  return path;
}
