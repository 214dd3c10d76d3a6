// The licences of what is in the page, as their authors ask for them to travel with it.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Package {
  name: string;
  version: string;
  license: string;
  author?: string | { name: string };
  dependencies?: Record<string, string>;
}

// Not in the scripts, but in the styles.
const styles = [
  'govuk-frontend', '@fontsource/noto-sans', '@fontsource/noto-sans-thai', '@fontsource/noto-sans-khmer', '@fontsource/noto-sans-lao',
  '@fontsource/noto-sans-myanmar',
];

// The terms of those that name the MIT licence and carry no copy of it.
const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the
following conditions: The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

/** The licences of the packages that a project depends on at run time, one after the other. */
export function licences(root: string): string {
  const names = new Set<string>();
  const add = (name: string) => {
    if (names.has(name)) return;
    names.add(name);
    Object.keys(read(root, name).dependencies ?? {}).forEach(add);
  };
  const project = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Package;
  [...Object.keys(project.dependencies ?? {}), ...styles].forEach(add);
  return [...names].sort().map((name) => entry(root, name)).join(`\n${'-'.repeat(80)}\n\n`);
}

function read(root: string, name: string): Package {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as Package;
}

function entry(root: string, name: string): string {
  const { version, license, author } = read(root, name);
  const folder = join(root, 'node_modules', name);
  const file = existsSync(folder) ? readdirSync(folder).find((found) => /^licen[cs]e/i.test(found)) : undefined;
  const by = typeof author === 'string' ? author : author?.name;
  return `${name} ${version} (${license})${by === undefined ? '' : `, ${by}`}\n\n${file === undefined ? terms(license) : readFileSync(join(folder, file), 'utf8')}`;
}

function terms(license: string): string {
  if (license !== 'MIT') throw new Error(`a package under ${license} carries no copy of it`);
  return mit;
}
