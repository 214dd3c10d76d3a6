// The types of the service are those of its own description.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

test('the generated types are those of openapi.yaml; `npm run types` makes them', async () => {
  const generated = COMMENT_HEADER + astToString(await openapiTS(pathToFileURL(join(root, '../api/openapi.yaml'))));
  expect(readFileSync(join(root, 'src/lib/schema.d.ts'), 'utf8') === generated).toBe(true);
});
