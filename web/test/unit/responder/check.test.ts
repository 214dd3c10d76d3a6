// Looking over the answers: whatever stands in the way of finishing leads to where it can be mended.

import { isValidElement, type VNode } from 'preact';
import { expect, test } from 'vitest';

import { learnTime } from '../../../src/lib/clock.ts';
import { loadTexts } from '../../../src/lib/i18n.ts';
import type { Draft } from '../../../src/responder/draft.ts';
import { CheckAnswers } from '../../../src/responder/form/check.tsx';
import { current, draft } from '../../../src/responder/form/current.ts';
import { codeLists } from '../../../src/responder/form/lists.ts';
import { entries, form, words } from './form.ts';

const hour = 3600_000;

function begunAt(moment: number): Draft {
  const startedAt = new Date(moment).toISOString();
  return { id: 'a', form: 'screening', version: 1, hash: '', officerLanguage: 'th', personLanguage: 'th', startedAt, updatedAt: startedAt, province: 'TH-50', answers: {} };
}

// Where the links of the list of what is missing lead; nothing is drawn.
function links(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(links);
  if (!isValidElement(node)) return [];
  const { type, props } = node as VNode<{ href?: string; children?: unknown }>;
  if (typeof type === 'function' && type.name === 'Missing') return links((type as (given: unknown) => unknown)(props));
  return [...(props.href === undefined ? [] : [props.href]), ...links(props.children)];
}

test('an interview that was begun later than now leads to the question of when it was', async () => {
  await loadTexts('interview');
  current.value = { form, lists: Object.fromEntries(codeLists.map((list) => [list, entries(list)])) as never, words: { th: words('th'), en: words('en') } };
  learnTime(new Date().toUTCString());
  draft.value = begunAt(Date.now() - hour);
  expect(links(CheckAnswers({ id: 'a' }))).not.toContain('/responder/drafts/a/when');
  draft.value = begunAt(Date.now() + hour);
  expect(links(CheckAnswers({ id: 'a' })).filter((href) => href.endsWith('/when'))).toHaveLength(2);
  learnTime(new Date(Date.now() + 2 * hour).toUTCString());
  expect(links(CheckAnswers({ id: 'a' })), 'the time of the service counts').not.toContain('/responder/drafts/a/when');
});
