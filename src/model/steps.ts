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
    }
  | {
      readonly kind: 'new-window';
      readonly name: string;
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
    }
  | { readonly kind: 'move-window'; readonly name: string; readonly from: number; readonly to: number }
  | { readonly kind: 'rename-session'; readonly session: string; readonly name: string; readonly to: Text };

/** A step of the second batch: it settles what exists, addressed by id. */
export type SettleStep =
  | {
      readonly kind: 'link-window';
      readonly session: string;
      readonly window: string;
      readonly index: number;
      readonly replace: boolean;
    }
  | { readonly kind: 'move-linked'; readonly session: string; readonly from: number; readonly to: number }
  | { readonly kind: 'resize-window'; readonly window: string; readonly width: number; readonly height: number }
  | { readonly kind: 'select-layout'; readonly window: string; readonly layout: string }
  | { readonly kind: 'rename-window'; readonly window: string; readonly to: Text }
  | { readonly kind: 'title'; readonly pane: string; readonly title: Text }
  | {
      readonly kind: 'respawn-pane';
      readonly pane: string;
      readonly directory: Text;
      readonly command: readonly Text[];
    }
  | { readonly kind: 'select-pane'; readonly pane: string }
  | { readonly kind: 'zoom'; readonly pane: string }
  | {
      readonly kind: 'join-group';
      readonly path: Text;
      readonly session: string;
      readonly member: string;
      readonly name: string;
    }
  | { readonly kind: 'select-window'; readonly session: string; readonly index: number }
  | { readonly kind: 'unset-default-size'; readonly session: string }
  | { readonly kind: 'rename-member'; readonly session: string; readonly name: string; readonly to: Text };
