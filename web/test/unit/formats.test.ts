// The build leaves out the formats that no form uses; a form that uses another would not be checked for it.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

const forms = join(import.meta.dirname, '../../../schemas/screening');

test.each(readdirSync(forms))('the form %s uses no format that the page does not know', (version) => {
  const schema = readFileSync(join(forms, version, 'schema.json'), 'utf8');
  const used = new Set([...schema.matchAll(/"format": *"([^"]+)"/g)].map(([, format]) => format));
  expect([...used].filter((format) => format !== 'date' && format !== 'date-time')).toEqual([]);
});
