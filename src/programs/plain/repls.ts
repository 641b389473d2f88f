/**
 * Prompts of languages and databases. What was typed there is gone, so they are offered; with a script, a statement or a module in their
 * arguments they never come back.
 */
import { flagTable, readFlags, type Arity, type Policy } from '../flags.js';
import { all, plainFamily, type Harmless } from './plain-family.js';

const alone: Harmless = (args) => args.length === 0;

/** Returns the rule of a program with these flags and no more than `most` other words. */
function flagged(most: number, ...rows: readonly (readonly [Arity, string])[]): Harmless {
  const table = flagTable(...rows.map(([arity, names]): [Policy, Arity, string] => ['keep', arity, names]));
  return (args) => {
    const { unknown, positionals } = readFlags(args, table);
    return unknown.length === 0 && positionals.length <= most && !args.includes('--') && !args.includes('-');
  };
}

const psql = flagged(
  2,
  [
    'none',
    '-w -W -X -q -E -e -a -A -t -x -n -s -S --no-password --password --no-psqlrc --quiet --expanded --tuples-only --no-align',
  ],
  ['none', '--echo-hidden --echo-queries --csv'],
  ['one', '-h -p -U -d --host --port --username --dbname'],
);
const mysql = flagged(
  1,
  [
    'none',
    '-A -U -t -C -v --no-auto-rehash --auto-rehash --safe-updates --table --compress --verbose --ssl --skip-ssl',
  ],
  ['optional', '-p --password'],
  [
    'one',
    '-h -P -u -D -S --host --port --user --database --socket --protocol --ssl-mode --ssl-ca --default-character-set',
  ],
);
const redis = flagged(
  0,
  ['none', '-c -2 -3 --tls --raw --no-raw --no-auth-warning --askpass'],
  ['one', '-h -p -s -n -u -a --user --pass --cacert'],
);
/** The second word would be a statement. */
const sqlite: Harmless = (args) =>
  all(
    /^(?:[^-].*|-{1,2}(?:box|column|csv|header|noheader|html|json|line|list|markdown|quote|readonly|safe|table|tabs|interactive|batch))$/s,
  )(args) && args.filter((word) => !word.startsWith('-')).length <= 1;

const python = all(/^-[bBdEiIOPqsSuvx]+$/);
const node = all(/^(?:-i|--interactive|--no-deprecation|--no-warnings|--experimental-repl-await)$/);
const ipython = all(
  /^(?:-i|--(?:no-banner|classic|no-confirm-exit|simple-prompt|nosep|profile=\w+|colors=\w+|pylab|matplotlib))$/,
);
const irb = all(
  /^(?:-f|--(?:no)?(?:colorize|multiline|singleline|autocomplete|verbose|echo|inspect|prompt)|--simple-prompt|--noscript)$/,
);

/** The family of prompts. */
export const repls = plainFamily({
  kind: 'repl',
  mode: 'offer',
  programs: {
    ...{ psql, mysql, mariadb: mysql, sqlite, 'redis-cli': redis, 'valkey-cli': redis },
    ...{
      python,
      pypy: python,
      ipython,
      bpython: alone,
      ptpython: alone,
      node,
      nodejs: node,
      irb,
      pry: alone,
      lua: alone,
    },
    bc: all(/^-[lq]+$/),
  },
  interpreters: new Set(['python', 'ruby']),
  variables: ['PGHOST', 'PGPORT', 'PGUSER', 'PGDATABASE', 'PGSERVICE'],
});
