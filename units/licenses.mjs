// The licenses of the packages in the bundle, from esbuild's own account of it: each asks to be handed on with every copy.
// A package without a license text stops the build.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

const RULE = `\n${'-'.repeat(72)}\n`;

/** Returns one text: for each license text the packages that have it, in the order of their names. */
export async function licensesOf(metafile) {
  const folders = new Set(
    Object.keys(metafile.inputs).flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []),
  );
  const holders = new Map();
  for (const { title, text } of await Promise.all([...folders].map(packageIn))) {
    holders.set(text, [...(holders.get(text) ?? []), title].sort());
  }
  const parts = [...holders].map(([text, titles]) => `${titles.join('\n')}\n\n${text}\n`).sort();
  return [`The program holds these packages, each under its own license:\n`, ...parts].join(RULE);
}

async function packageIn(folder) {
  const { name, version, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no license text`);
  const text = (await readFile(path.join(folder, file), 'utf8')).replaceAll('\r', '').trim();
  return { title: `${name} ${version} (${typeof license === 'string' ? license : license.type})`, text };
}
