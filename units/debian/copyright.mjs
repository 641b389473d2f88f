// Prints the copyright file of the package: our license, then those of the packages in the bundle.
// Debian has the Apache license on every machine, and wants it named and not repeated.
import { readFileSync } from 'node:fs';

const [own, others] = process.argv.slice(2).map((file) => readFileSync(file, 'utf8'));
const named = others.replace(
  /^ *Apache License\n *Version 2\.0[^]*?END OF TERMS AND CONDITIONS[^]*?(?=\n-{72}\n)/gm,
  (text) => {
    const holder = /^ *(Copyright \d.*)$/m.exec(text)?.[1];
    return `${holder === undefined ? '' : `${holder}\n\n`}Apache License, version 2.0: /usr/share/common-licenses/Apache-2.0\n`;
  },
);
process.stdout.write(`tmux-persist\n\n${own}\n${named}`);
