/**
 * `tmux-persist status`: one screen that says where its user stands, and the same of every server.
 */
import type { Context } from '../model/ports.js';
import { EXIT } from './failures.js';
import { gather } from './gather-status.js';
import { print, printJson, styled } from './output.js';
import { statusScreen } from './status-screen.js';

/** Prints the status; returns 0 whenever it could. */
export async function status(context: Context, json: boolean): Promise<number> {
  const { report, manifest } = await gather(context);
  if (json) {
    printJson(report);
    return EXIT.done;
  }
  const { isWell, verdict, rest } = statusScreen({ report, manifest, now: Date.now() });
  for (const line of verdict) print(styled(isWell ? 'green' : 'yellow', inLocale(line)));
  for (const line of rest) print(inLocale(line));
  return EXIT.done;
}

/** What a locale without UTF-8 can't show is escaped; the words of ours are ASCII in any case. */
function inLocale(line: string): string {
  const { LC_ALL: all = '', LC_CTYPE: type = '', LANG: lang = '' } = process.env;
  const locale = [all, type, lang].find((name) => name !== '') ?? '';
  if (/utf-?8/i.test(locale)) return line;
  return line.replaceAll(/[^\u0000-\u007f]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
