/**
 * Decides how one restored window is settled: the order that gave exact results is size, layout, programs, names,
 * last and active pane, zoom.
 */
import { refOf, type Candidate } from './candidates.js';
import { layoutFor } from './layout.js';
import type { Window } from './manifest.js';
import type { ServerSettings, Snapshot } from './snapshot.js';
import type { SettleStep } from './steps.js';
import { displayText, type Text } from './text.js';

/** Where a pane starts and what runs in it. */
export interface Launch {
  readonly directory: Text;
  readonly command: readonly Text[];
}

/** What a plan depends on beside the saved state. */
export interface PlanContext {
  readonly live: Snapshot;
  readonly settings: ServerSettings;
  /** Tells this restore's temporary names from those of any other. */
  readonly nonce: string;
  /** The launch of each pane, by its ref. */
  readonly launches: ReadonlyMap<string, Launch>;
}

/** Appends the steps that settle a window whose panes exist. */
export function settleWindow(candidate: Candidate, window: Window, context: PlanContext, settle: SettleStep[]): void {
  const ref = refOf(candidate, window.id);
  settle.push(...layoutSteps(candidate, window, context.settings, context.live.server.version));
  for (const pane of window.panes) {
    const launch = context.launches.get(refOf(candidate, pane.id));
    if (displayText(pane.title) !== '')
      settle.push({ kind: 'title', pane: refOf(candidate, pane.id), title: pane.title });
    if (launch !== undefined) settle.push({ kind: 'respawn-pane', pane: refOf(candidate, pane.id), ...launch });
  }
  if (!window.automaticRename) settle.push({ kind: 'rename-window', window: ref, to: window.name });
  settle.push(...focusSteps(candidate, window));
}

/** Returns the steps that give a window its size and layout. */
export function layoutSteps(
  candidate: Candidate,
  window: Window,
  settings: ServerSettings,
  version: string,
): SettleStep[] {
  const ref = refOf(candidate, window.id);
  const steps: SettleStep[] = [];
  // Under window-size manual, select-layout would keep the creation size; elsewhere resize-window would switch to manual.
  if (settings.windowSize === 'manual')
    steps.push({ kind: 'resize-window', window: ref, width: window.width, height: window.height });
  steps.push({ kind: 'select-layout', window: ref, layout: layoutFor(window.layout, version) });
  return steps;
}

/** Returns the steps that give a window its last pane, its active pane and its zoom. */
export function focusSteps(candidate: Candidate, window: Window): SettleStep[] {
  const steps: SettleStep[] = [];
  if (window.panes.length === 1) return steps;
  if (window.lastPane !== null) steps.push({ kind: 'select-pane', pane: refOf(candidate, window.lastPane) });
  steps.push({ kind: 'select-pane', pane: refOf(candidate, window.activePane) });
  if (window.zoomed) steps.push({ kind: 'zoom', pane: refOf(candidate, window.activePane) });
  return steps;
}
