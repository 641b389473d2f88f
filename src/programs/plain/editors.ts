/**
 * vi and its children. They open their files again; what would run saved text (`-c`, `+cmd`, a script) never comes back, and of sessions only
 * the directory's own Session.vim that was in use.
 */
import { all, plainFamily, type Harmless } from './plain-family.js';

/** `-` reads what a pipeline gave it, which is gone; `-l` runs a script in Neovim. */
const WORDS = all(/^(?:|[^-+].*|-[bdmMnNoOpRyZ]+\d*|\+\d*|\+\/.*|--)$/s);

/** `-S` without a name is Session.vim; any other name may be a script of somebody else's. */
const editor: Harmless = (args) => {
  const at = args.indexOf('-S');
  if (at === -1) return WORDS(args);
  const next = args[at + 1];
  const rest = args.slice(at + (next === 'Session.vim' ? 2 : 1));
  return (next === undefined || next === 'Session.vim') && WORDS([...args.slice(0, at), ...rest]);
};

/** The family of vi. */
export const editors = plainFamily({
  kind: 'vim',
  mode: 'auto',
  programs: { vi: editor, vim: editor, nvim: editor, view: editor, vimdiff: editor, rvim: editor, rview: editor },
});
