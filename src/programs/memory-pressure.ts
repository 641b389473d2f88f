/**
 * How short memory is, by the kernel's own account. A kernel without it (CONFIG_PSI) never says that it is.
 */
import { readFileSync } from 'node:fs';

export const MEMORY_PRESSURE = '/proc/pressure/memory';

/** Returns the percentage of the last 10 s in which some task waited for memory, 0 when nobody knows. */
export function memoryPressure(path: string): number {
  try {
    return Number(/^some avg10=(\d+(?:\.\d+)?)/m.exec(readFileSync(path, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
