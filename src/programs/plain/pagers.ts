/**
 * Programs that show a file or a manual. What would run saved text (a pager by name, a `-k` file, `+!cmd`) or write a log never comes back.
 */
import { all, plainFamily } from './plain-family.js';

const less = all(
  /^(?:|[^-+].*|-[aBcCdeEfFgGiIJLmMnNqQrRsSuUVwWXz]\w*|\+[FGg]|\+\d+|\+\/.*|--|--(?:RAW-CONTROL-CHARS|raw-control-chars|chop-long-lines|LINE-NUMBERS|line-numbers|ignore-case|IGNORE-CASE|no-init|quit-if-one-screen|follow-name|mouse))$/s,
);

/** Of tail, --pid waits for a process that another one may be by now. */
const tail = all(
  /^(?:|[^-].*|-\d+[fF]?|\+\d+|-[fFqvncs]+\d*|-[nc]\+?\d+|--|--(?:follow(?:=\w+)?|retry|quiet|verbose|lines=\+?\d+|bytes=\+?\d+))$/s,
);

/** The family of pagers. */
export const pagers = plainFamily({
  kind: 'pager',
  mode: 'auto',
  programs: { less, more: less, most: less, man: all(/^(?:|[^-].*|-[akflw]+|--)$/s), tail },
});
