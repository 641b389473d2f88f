/**
 * Decides how one restored window is settled: the order that gave exact results is size, layout, programs, names,
 * last and active pane, zoom.
 */
import { refOf, type Candidate } from './candidates.js';
import { layoutFor } from './layout.js';
import type { Window } from './manifest.js';
import { nameSteps, windowOptionSteps } from './plan-options.js';
import type { ServerSettings, Snapshot } from './snapshot.js';
import type { SettleStep } from './steps.js';
import { displayText, type Text } from './text.js';
import { isAtLeast } from './tmux-version.js';

/** Where a pane starts and what runs in it. */
export interface Launch {
  readonly directory: Text;
  readonly command: readonly Text[];
}

/** A live session of a saved name in which nobody did anything yet (R10). */
export interface Placeholder {
  readonly sessionId: string;
  readonly windowId: string;
  readonly paneId: string;
  readonly index: number;
  /** A tmux format of its pane that is true for as long as nobody did. */
  readonly unused: string;
}

/** What a plan depends on beside the saved state. */
export interface PlanContext {
  readonly live: Snapshot;
  readonly settings: ServerSettings;
  /** Tells this restore's temporary names from those of any other. */
  readonly nonce: string;
  /** The launch of each pane, by its ref. */
  readonly launches: ReadonlyMap<string, Launch>;
  /** The live sessions that nobody used yet; saved ones of their names come into them. */
  readonly placeholders?: readonly Placeholder[];
}

/** Appends the steps that settle a window whose panes exist. */
export function settleWindow(candidate: Candidate, window: Window, context: PlanContext, settle: SettleStep[]): void {
  settle.push(...windowOptionSteps(candidate, window, false));
  settle.push(...layoutSteps(candidate, window, context.settings, context.live.server.version));
  const isEncoded = isAtLeast(context.live.server.version, 3, 7);
  for (const pane of window.panes) {
    const launch = context.launches.get(refOf(candidate, pane.id));
    if (displayText(pane.title) !== '')
      settle.push({ kind: 'title', pane: refOf(candidate, pane.id), title: pane.title, isEncoded });
    if (launch !== undefined) settle.push({ kind: 'respawn-pane', pane: refOf(candidate, pane.id), ...launch });
  }
  settle.push(...nameSteps(candidate, window, context.settings, context.live.server.version));
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
  const own = window.options['window-size'];
  const layout = layoutFor(window.layout, version);
  const isGlobal = own === undefined && settings.windowSize === 'manual';
  // Where sizes are set by hand, the saved one is; a layout has its own, but for one of tmux's making.
  if (own === 'manual' || isGlobal || layout === 'tiled')
    steps.push({ kind: 'resize-window', window: ref, width: window.width, height: window.height });
  steps.push({ kind: 'select-layout', window: ref, layout });
  const option = { scope: 'window', target: ref, name: 'window-size' } as const;
  if (own !== undefined && own !== 'manual') steps.push({ kind: 'set-option', ...option, value: own });
  // resize-window has switched the window itself to manual (cmd-resize-window.c).
  else if (own === undefined && (isGlobal || layout === 'tiled')) steps.push({ kind: 'unset-option', ...option });
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
