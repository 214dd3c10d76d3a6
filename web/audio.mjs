// Makes the sounds of the prompts that hold the place of a speaker's recordings, and say so: node audio.mjs [--voices]
//
// With --voices a machine reads the texts in the languages that espeak-ng has a voice for (lame makes the files small); without it, and
// in the other languages, one tone stands for every prompt. A deployment replaces public/audio/<language> with recordings of speakers
// and writes "recorded" into the manifest. Nothing is made where there is something already, unless --voices asks for it.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const web = import.meta.dirname;
const form = join(web, '../schemas/screening/v1');
const languages = ['th', 'my', 'km', 'lo', 'vi', 'en'];
const voices = { th: 'th', my: 'my', vi: 'vi', en: 'en-gb' };
const wordsPerMinute = 130; // slowly, for a listener who may be tired or afraid

const spoken = new Set([...readFileSync(join(form, 'schema.json'), 'utf8').matchAll(/"x-audio": "(\w+)"/g)].map(([, prompt]) => prompt));

/** What is said in a language, by the names of the prompts. */
function wordsOf(language) {
  const { items } = JSON.parse(readFileSync(join(form, `text.${language}.json`), 'utf8'));
  const { explain } = JSON.parse(readFileSync(join(web, `text/person/${language}.json`), 'utf8'));
  const asked = Object.entries(items).filter(([key]) => spoken.has(key)).map(([key, { label }]) => [key, label]);
  return new Map([['explain', explain], ...asked]);
}

function hasTool(name) {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A tone of half a second that swells and fades, as a WAV file of 8 bits. */
function tone() {
  const rate = 8000;
  const samples = Uint8Array.from({ length: rate / 2 }, (_, i) => {
    const loudness = Math.sin((Math.PI * i) / (rate / 2)) * 40;
    return 128 + Math.round(loudness * Math.sin((2 * Math.PI * 440 * i) / rate));
  });
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // uncompressed
  header.writeUInt16LE(1, 22); // one channel
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

function makeTone(folder, prompts) {
  const file = 'placeholder.wav';
  const sound = tone();
  writeFileSync(join(folder, file), sound);
  return prompts.map((prompt) => [prompt, { file, bytes: sound.length }]);
}

function makeVoice(folder, prompts, voice) {
  const silent = [];
  const said = [...prompts].flatMap(([prompt, text]) => {
    const file = `${prompt}.mp3`;
    const speech = spoke(voice, text);
    if (speech === null) {
      silent.push(prompt);
      return [];
    }
    execFileSync('lame', ['--quiet', '-m', 'm', '--resample', '16', '-b', '24', '-', join(folder, file)], { input: speech });
    return [[prompt, { file, bytes: statSync(join(folder, file)).size }]];
  });
  return [...said, ...(silent.length === 0 ? [] : makeTone(folder, silent))];
}

// What the machine says; null where it does not get through: espeak-ng falls over some long Burmese words.
function spoke(voice, text) {
  try {
    return execFileSync('espeak-ng', ['-v', voice, '-s', String(wordsPerMinute), '--stdin', '--stdout'], {
      input: text, maxBuffer: 1 << 26, stdio: ['pipe', 'pipe', 'ignore'],
    });
  } catch {
    return null;
  }
}

const withVoices = process.argv.includes('--voices');
if (withVoices && !(hasTool('espeak-ng') && hasTool('lame'))) {
  console.error('audio: --voices needs espeak-ng and lame; install them, or leave --voices away for tones');
  process.exit(1);
}
for (const language of languages) {
  const folder = join(web, 'public/audio', language);
  const manifest = join(folder, 'manifest.json');
  if (existsSync(manifest) && (!withVoices || JSON.parse(readFileSync(manifest, 'utf8')).kind === 'recorded')) continue;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const prompts = wordsOf(language);
  const voice = withVoices ? voices[language] : undefined;
  const made = voice === undefined ? makeTone(folder, [...prompts.keys()]) : makeVoice(folder, prompts, voice);
  const kind = voice === undefined ? 'tone' : 'synthesised';
  writeFileSync(manifest, `${JSON.stringify({ language, kind, prompts: Object.fromEntries(made) }, null, 1)}\n`);
  console.log(`audio: ${language}: ${kind}, ${made.length} prompts`);
}
