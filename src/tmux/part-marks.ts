/**
 * Which lost parts of sessions are back: their windows say so themselves, so that a part whose restore nobody could take note of, or that is
 * asked for twice, comes once.
 */
import { PART_OPTION } from '../model/candidates.js';
import { runTmux, type TmuxTarget } from './exec.js';

/** Returns the keys of the parts that live windows came back as; none where no server answers. */
export async function partMarks(target: TmuxTarget): Promise<ReadonlySet<string>> {
  const output = await runTmux(target, ['list-windows', '-a', '-F', `#{${PART_OPTION}}`]);
  return new Set(output.ok ? output.value.stdout.toString().split('\n') : []);
}
