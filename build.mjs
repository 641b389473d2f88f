// Bundles the program to one executable file. CommonJS inside: a lone .js file without a package.json beside it is that to Node.
import { build } from 'esbuild';
import { chmod, mkdir, writeFile } from 'node:fs/promises';

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
  // dbus-next asks an X server for the bus only where no address is given; we always give one.
  external: ['x11'],
  logLevel: 'warning',
});
await writeFile('dist/package.json', '{ "type": "commonjs" }\n');
await chmod('dist/tmux-persist.js', 0o755);
