import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** What the bundle is made from: a check without Node compares it with what lies here. */
function sources(): string {
  const hash = createHash('sha256');
  const own = ['package-lock.json', 'package.json', 'tsconfig.json', 'vite.config.ts'];
  const files = own.concat(readdirSync('src').map((name) => join('src', name)));
  for (const file of files.sort()) {
    hash.update(`${file}\n`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

export default defineConfig({
  plugins: [svelte({ compilerOptions: { fragments: 'tree', css: 'external' } })],
  build: {
    target: 'es2022',
    outDir: '../crates/portal/assets',
    emptyOutDir: false,
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: {
      input: 'src/islands.ts',
      output: {
        format: 'es',
        entryFileNames: 'islands.js',
        assetFileNames: 'islands[extname]',
        postBanner: `/* Built from web/ by \`make web\`; sources ${sources()} */`,
      },
    },
  },
});
