/**
 * The units of a package, for whoever makes one: the same files as an install's, below a folder that becomes the prefix of the system.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { planFiles, unusablePath, type InstalledPrograms } from '../model/install-plan.js';
import { EXIT } from './failures.js';
import { print, warn } from './output.js';
import { unitTemplates } from './unit-templates.js';

/** Writes the units into `lib/systemd/user` and `share/dbus-1/services` below the folder; returns the exit code. */
export async function stageUnits(folder: string, programs: InstalledPrograms): Promise<number> {
  for (const path of [programs.node, programs.bundle, programs.tmux]) {
    const problem = unusablePath(path);
    if (problem === null) continue;
    warn(`'${path}' can not stand in a unit: ${problem}`);
    return EXIT.usage;
  }
  const folders = { units: 'lib/systemd/user', services: 'share/dbus-1/services' };
  for (const file of planFiles(unitTemplates(), programs, null)) {
    const path = join(folder, folders[file.folder], file.name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.text);
    await chmod(path, 0o644);
    print(path);
  }
  return EXIT.done;
}
