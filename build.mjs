// Bundles the program to one executable file. CommonJS inside: a lone .js file without a package.json beside it is that to Node.
import { build } from 'esbuild';
import { chmod, mkdir, writeFile } from 'node:fs/promises';

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

await mkdir('dist', { recursive: true });
await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/tmux-persist.js',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: true,
  keepNames: true,
  legalComments: 'none',
  plugins: [unused],
  logLevel: 'warning',
});
await writeFile('dist/package.json', '{ "type": "commonjs" }\n');
await chmod('dist/tmux-persist.js', 0o755);
