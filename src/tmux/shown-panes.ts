/**
 * Which panes are on the screen of a client now. One short listing, for it is asked again and again while programs wait.
 */
import { ok, type Result } from '../model/failure.js';
import { runTmux, type TmuxTarget } from './exec.js';

/** A pane and whether somebody sees it. */
export interface ShownPane {
  readonly id: string;
  readonly pid: number;
  readonly visible: boolean;
}

/** A window is shown where it is the current one of an attached session; zoomed, it shows its active pane alone (format.c, 3.1 and later). */
const FORMAT = '#{pane_id} #{pane_pid} #{window_active_clients} #{window_zoomed_flag} #{pane_active}';

/** Returns all panes, each once. */
export async function shownPanes(target: TmuxTarget): Promise<Result<readonly ShownPane[]>> {
  const output = await runTmux(target, ['list-panes', '-a', '-F', FORMAT]);
  if (!output.ok) return output;
  const panes = new Map<string, ShownPane>();
  for (const row of output.value.stdout.toString('latin1').split('\n')) {
    const [, id = '', pid, clients, zoomed, active] = /^(%\d+) (\d+) (\d*) ([01]) ([01])$/.exec(row) ?? [];
    const visible = Number(clients) > 0 && (zoomed === '0' || active === '1');
    if (id !== '') panes.set(id, { id, pid: Number(pid), visible });
  }
  return ok([...panes.values()]);
}
