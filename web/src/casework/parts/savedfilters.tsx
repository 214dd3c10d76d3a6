// Filters that the reader has saved under names of their own, kept by the service for every device of theirs.

import { useCallback, useState } from 'preact/hooks';

import { client, ok } from '../../lib/api.ts';
import { number, useText } from '../../lib/i18n.ts';
import { Button, Details, Form, Input, Link, TextButton } from '../../parts/index.ts';
import { filled, type QueueFilter, queueQuery, savedFilter } from '../filters.ts';
import { stageHref } from '../links.ts';
import { asProblem, useLoading } from '../loading.ts';
import type { Stage } from '../model.ts';
import { reasonOf } from './refusal.tsx';

/** The saved filters of a stage, and the question for the name of another. */
export function SavedFilters({ stage, filter }: { stage: Stage; filter: QueueFilter }) {
  const t = useText('casework');
  const { loaded, reload } = useLoading('filters', useCallback((signal: AbortSignal) => ok(client.GET('/api/v1/filters', { signal })), []), false);
  const [name, setName] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [used, setUsed] = useState(false); // it stays unfolded for whoever has begun
  const saved = loaded.state === 'ready' ? loaded.value.items.filter((one) => one.stage === stage) : [];

  async function change(how: () => Promise<unknown>): Promise<void> {
    setUsed(true);
    setFault(null);
    try {
      await how();
      await reload();
    } catch (error) {
      setFault(reasonOf(asProblem(error)));
    }
  }

  async function save(): Promise<void> {
    const chosen = name.trim();
    if (chosen === '') {
      setUsed(true);
      setFault(t('saved.missing'));
      document.getElementById('filter-name')?.focus();
      return;
    }
    const query = new URLSearchParams(queueQuery(filter)).toString();
    await change(() => client.PUT('/api/v1/filters/{name}', { params: { path: { name: chosen } }, body: { stage, query } }));
    setName('');
  }

  return (
    <Details summary={`${t('saved.heading')} (${number(saved.length)})`} open={used}>
      {saved.length > 0 && (
        <ul class="govuk-list saved">
          {saved.map((one) => (
            <li key={one.name}>
              <Link href={stageHref(stage, filled({ ...savedFilter(one.query) }))}>{one.name}</Link>{' '}
              <TextButton about={one.name} onClick={() => void change(() => client.DELETE('/api/v1/filters/{name}', { params: { path: { name: one.name } } }))}>
                {t('saved.forget')}
              </TextButton>
            </li>
          ))}
        </ul>
      )}
      <Form onSubmit={() => void save()} label={t('saved.heading')}>
        <Input name="filter-name" label={t('saved.name')} error={fault} value={name} onInput={setName} width={20} />
        <Button look="secondary">{t('saved.submit')}</Button>
      </Form>
    </Details>
  );
}
