// examples/spa/vite.config.ts: three files with names that stay, so that they can be committed and compared.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/demo/',
  logLevel: 'warn',
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    sourcemap: false,
    cssCodeSplit: false,
    reportCompressedSize: false,
    // It would be a script in the page, which the policy forbids.
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { entryFileNames: 'app.js', assetFileNames: 'app[extname]' } },
  },
});
