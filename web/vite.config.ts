// How the application is built: one page whose areas load lazily, and beside it the service worker, which is a program of its own.

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

import { build, defineConfig, type Plugin } from 'vite';

import { licences } from './licences.ts';

const root = import.meta.dirname;
const dist = join(root, 'dist');
const compressible = /\.(js|css|html|json|svg|txt|webmanifest)$/;

export default defineConfig({
  root,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  css: { preprocessorOptions: { scss: { loadPaths: [join(root, 'node_modules')], quietDeps: true } } },
  build: {
    outDir: dist,
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // the content security policy lets no font come out of a data: address
    modulePreload: false, // a list of what each page needs would be a tenth of the first script; the worker has it all anyway
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'base', test: isBase }, { name: 'form', test: isForm }] } } },
    manifest: 'manifest.build.json', // what loads what; the budgets are held against it
    reportCompressedSize: false,
  },
  plugins: [notices(), formats(), serviceWorker(), compressed()],
});

// What every page needs travels as one file. The calls that the service's description types, and what only lists and charts are made of,
// are not a phone's.
function isBase(id: string): boolean {
  if (/node_modules\/(@?preact)\//.test(id)) return true;
  return /src\/lib\/(?!client|live|loaded|passkeys)|src\/parts\/(actions|choices|errors|field|inputs|later|lists|page|text|trouble)/.test(id);
}

// The form travels as one file too, to phones and to desks: in pieces it would weigh more. What the phone's first page needs of it stays apart.
function isForm(id: string): boolean {
  return /src\/responder\/form\/(?!show|when|row\.|begin\.|languages|lists|recordings)|node_modules\/@cfworker\//.test(id);
}

// Of the formats that the validator knows, the forms use two; the patterns of the others weigh more than the rest of its checks together.
function formats(): Plugin {
  const all = /export const format = \{[\s\S]*?\n\};/;
  return {
    name: 'formats',
    transform(code, id) {
      if (!/@cfworker\/json-schema\/dist\/esm\/format\.js$/.test(id)) return null;
      if (!all.test(code)) this.error('the list of formats is written otherwise than it was');
      return code.replace(all, "export const format = { date, 'date-time': date_time };");
    },
  };
}

function notices(): Plugin {
  return {
    name: 'notices',
    apply: 'build',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: licences(root) });
    },
  };
}

// The worker is built by itself: as a second entry of the page it would share chunks with it, and a worker that is no module cannot
// import them. It is given the list of the files that make up the page, and a version that changes with any of them.
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    enforce: 'post',
    async closeBundle() {
      const files = shell();
      const version = createHash('sha256');
      for (const file of files) version.update(file).update(readFileSync(join(dist, file)));
      await build({
        configFile: false,
        root,
        logLevel: 'warn',
        define: {
          __FILES__: JSON.stringify(files.map((file) => (file === 'index.html' ? '/' : `/${file}`))),
          __VERSION__: JSON.stringify(version.digest('hex').slice(0, 16)),
        },
        build: {
          outDir: dist,
          emptyOutDir: false,
          copyPublicDir: false,
          target: 'es2022',
          reportCompressedSize: false,
          rolldownOptions: { input: join(root, 'sw/sw.ts'), output: { format: 'iife', entryFileNames: 'sw.js' } },
        },
      });
    },
  };
}

// What a phone in the field needs: the page, the interview with all that it may load later, its words, and the fonts. After a deployment
// the service does not have the old names any more, so that lazy chunks are kept too. What others work with is not kept, and
// of recordings those of the languages that it is asked to keep.
function shell(): string[] {
  const manifest = JSON.parse(readFileSync(join(dist, 'manifest.build.json'), 'utf8')) as Record<string, Chunk>;
  const kept = new Set(['index.html', 'icon.svg', 'manifest.webmanifest']);
  const seen = new Set<string>();
  const visit = (key: string) => {
    const chunk = manifest[key];
    if (chunk === undefined || seen.has(key) || othersWork.test(key)) return;
    seen.add(key);
    for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) if (!/\.woff$/.test(file)) kept.add(file);
    for (const next of [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])]) visit(next);
  };
  visit('index.html');
  return [...kept].sort();
}

interface Chunk {
  file: string;
  css?: string[];
  assets?: string[];
  imports?: string[];
  dynamicImports?: string[];
}

const othersWork = /^(src|text)\/(casework|committee|administration|decide)\//;

// Beside each text file lie the forms in which it travels, so that serving it costs nothing.
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    enforce: 'post',
    closeBundle: {
      sequential: true,
      order: 'post',
      handler() {
        for (const file of filesUnder(dist).filter((name) => compressible.test(name))) {
          const content = readFileSync(join(dist, file));
          writeFileSync(join(dist, `${file}.gz`), gzipSync(content, { level: 9 }));
          writeFileSync(join(dist, `${file}.br`), brotliCompressSync(content, {
            params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
          }));
        }
      },
    },
  };
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => relative(folder, join(folder, name)));
}
