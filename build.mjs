// Bundles the program to one executable file. CommonJS inside: a lone .js file without a package.json beside it is that to Node.
import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { licensesOf } from './units/licenses.mjs';

// What dbus-next loads for its proxies and for a bus without an address; we use neither, and half the bundle goes with them.
const unused = {
  name: 'unused',
  setup(bundle) {
    bundle.onResolve({ filter: /^(x11|xml2js|event-stream)$/ }, ({ path }) => ({ path, namespace: 'unused' }));
    bundle.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({
      contents: 'module.exports = { Builder: class {}, Parser: class {} };',
    }));
  },
};

// It is a script for sh as well, which answers tmux's status line without Node; see there.
const head = await readFile('src/launch.sh', 'utf8');

// An install writes units; a copy of the one file has to be enough for it.
const names = (await readdir('units', { recursive: true })).filter((name) => name.endsWith('.in'));
const templates = await Promise.all(names.map(async (name) => [name, await readFile(`units/${name}`, 'utf8')]));

await mkdir('dist', { recursive: true });
const { metafile } = await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/tmux-persist.js',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: true,
  keepNames: true,
  legalComments: 'none',
  metafile: true,
  loader: { '.bash': 'text', '.zsh': 'text', '.fish': 'text' },
  banner: { js: head.trimEnd() },
  define: { UNIT_TEMPLATES: JSON.stringify(Object.fromEntries(templates)) },
  plugins: [unused],
  logLevel: 'warning',
});
await writeFile('dist/LICENSES', await licensesOf(metafile));
await writeFile('dist/package.json', '{ "type": "commonjs" }\n');
await chmod('dist/tmux-persist.js', 0o755);

// What packages and installs put beside it, from the same command tree.
const said = async (...words) =>
  (await promisify(execFile)(process.execPath, ['dist/tmux-persist.js', ...words])).stdout;
await mkdir('dist/completions', { recursive: true });
await writeFile('dist/tmux-persist.1', await said('man'));
await writeFile('dist/completions/tmux-persist', await said('completion', 'bash'));
await writeFile('dist/completions/_tmux-persist', await said('completion', 'zsh'));
await writeFile('dist/completions/tmux-persist.fish', await said('completion', 'fish'));
