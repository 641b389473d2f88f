/**
 * The steps of a restore, named as the tmux commands that carry them out. What a step makes or needs is named by ref:
 * `scope/id` of the saved state; only tmux/apply knows the live ids.
 */
import type { Text } from './text.js';

/** A step of the first batch: it creates, under a temporary session name. */
export type CreateStep =
  | {
      readonly kind: 'new-session';
      readonly session: string;
      readonly window: string;
      readonly pane: string;
      readonly name: string;
      readonly path: Text;
      readonly width: number;
      readonly height: number;
      /** Whether it must outlive `destroy-unattached` until somebody attaches. */
      readonly keep: boolean;
      /** The name of its first window, exactly as tmux is to store it; null where it is set later or by tmux. */
      readonly windowName: Text | null;
    }
  | {
      readonly kind: 'new-window';
      readonly name: string;
      readonly windowName: Text | null;
      readonly window: string;
      readonly pane: string;
      readonly index: number;
    }
  | {
      readonly kind: 'split-window';
      readonly name: string;
      readonly window: string;
      readonly pane: string;
      readonly index: number;
      readonly size: number;
      /** Whether it comes above the pane that is split, which is always the lowest. */
      readonly before: boolean;
    }
  | { readonly kind: 'move-window'; readonly name: string; readonly from: number; readonly to: number }
  | { readonly kind: 'rename-session'; readonly session: string; readonly name: string; readonly to: Text };

/** Where an option is set; a window's and a pane's are set by their own ids. */
export type OptionScope = 'session' | 'window' | 'pane';

/** A step of the second batch, or of the third: it settles what exists, addressed by id. */
export type SettleStep =
  | {
      readonly kind: 'link-window';
      readonly session: string;
      readonly window: string;
      readonly index: number;
      readonly replace: boolean;
    }
  /** Moves a live window to a free index of its session. */
  | {
      readonly kind: 'make-room';
      readonly session: string;
      readonly window: string;
      readonly to: number;
      /** Refs of the windows that it is for: without any of them it is not needed. */
      readonly for: readonly string[];
    }
  /** Brings a window from the session it was made in into a live one. */
  | { readonly kind: 'move-in'; readonly session: string; readonly window: string; readonly index: number }
  /** Closes a live window if the condition, a tmux format of its pane, still holds, and its session has others. */
  | {
      readonly kind: 'close-unused';
      readonly session: string;
      readonly window: string;
      readonly pane: string;
      readonly condition: string;
    }
  | { readonly kind: 'resize-window'; readonly window: string; readonly width: number; readonly height: number }
  | { readonly kind: 'select-layout'; readonly window: string; readonly layout: string }
  | { readonly kind: 'rename-window'; readonly window: string; readonly to: Text }
  | {
      readonly kind: 'title';
      readonly pane: string;
      readonly title: Text;
      /** Whether tmux keeps titles encoded, as it does names (3.7 and later). */
      readonly isEncoded: boolean;
    }
  | {
      readonly kind: 'respawn-pane';
      readonly pane: string;
      readonly directory: Text;
      readonly command: readonly Text[];
    }
  | { readonly kind: 'select-pane'; readonly pane: string }
  | { readonly kind: 'zoom'; readonly pane: string }
  | { readonly kind: 'mark'; readonly pane: string }
  | {
      readonly kind: 'join-group';
      readonly path: Text;
      readonly session: string;
      readonly member: string;
      readonly name: string;
      readonly keep: boolean;
    }
  | { readonly kind: 'select-window'; readonly session: string; readonly index: number }
  | {
      readonly kind: 'set-option';
      readonly scope: OptionScope;
      readonly target: string;
      readonly name: string;
      readonly value: Text;
    }
  | { readonly kind: 'unset-option'; readonly scope: OptionScope; readonly target: string; readonly name: string }
  | { readonly kind: 'set-environment'; readonly session: string; readonly name: string; readonly value: Text }
  | {
      readonly kind: 'set-global';
      readonly scope: 'server' | 'session' | 'window';
      readonly name: string;
      readonly value: Text;
    }
  /** Sets a variable of the server's global environment unless it has one. */
  | { readonly kind: 'default-variable'; readonly name: string; readonly value: Text }
  /** Renames a session that exists already, by its id. */
  | { readonly kind: 'rename-live'; readonly session: string; readonly to: Text }
  | { readonly kind: 'rename-member'; readonly session: string; readonly name: string; readonly to: Text };
