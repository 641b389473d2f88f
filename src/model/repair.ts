/**
 * Decides what is done once more after a restore that differs (R13): the layout, the focus and the selection of what is not as it
 * was saved. Nothing else can be mended by doing it twice.
 */
import { layoutSteps, focusSteps } from './plan-window.js';
import type { Plan } from './plan.js';
import type { Difference } from './report.js';
import type { ServerSettings } from './snapshot.js';
import type { SettleStep } from './steps.js';
import { displayText } from './text.js';

const OF_A_WINDOW = new Set(['layout', 'zoom', 'active pane']);

/** Returns the steps that mend what differs, then those that give back what had to be out meanwhile; none where nothing can be mended. */
export function repairSteps(
  plan: Plan,
  differences: readonly Difference[],
  settings: ServerSettings,
  version: string,
): { readonly mend: readonly SettleStep[]; readonly after: readonly SettleStep[] } {
  const mend = plan.sessions.flatMap(({ candidate, ref }): SettleStep[] => {
    const own = differences.filter(({ session }) => session === displayText(candidate.session.name));
    const bent = new Set(own.flatMap(({ what, window }) => (OF_A_WINDOW.has(what) ? [window] : [])));
    const windows = candidate.windows.filter((window) =>
      candidate.session.windows.some((link) => link.windowId === window.id && bent.has(String(link.index))),
    );
    const isSelected = bent.size === 0 && own.every(({ what }) => what !== 'active window');
    return [
      ...windows.flatMap((window) => [
        ...layoutSteps(candidate, window, settings, version),
        ...focusSteps(candidate, window),
      ]),
      ...(isSelected ? [] : plan.settle.filter((step) => step.kind === 'select-window' && step.session === ref)),
    ];
  });
  if (mend.length === 0) return { mend, after: [] };
  // Hooks of sessions and windows are there by now, and would run.
  const options = plan.finish.filter((step) => step.kind === 'set-option');
  const out = options.map(({ scope, target, name }): SettleStep => ({ kind: 'unset-option', scope, target, name }));
  return { mend: [...out, ...mend], after: options };
}
