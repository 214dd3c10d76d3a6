// Taking in the file of finished forms that a phone has exported. It is sealed: nothing in it can be read here.

import { useState } from 'preact/hooks';

import { client, ok } from '../lib/api.ts';
import { count, texts, useText } from '../lib/i18n.ts';
import { leaveNotice } from '../lib/notice.ts';
import { go } from '../lib/route.ts';
import { Button, type Fault, faultOf, FileInput, Form, Input, Page } from '../parts/index.ts';
import { heldRefusal, linesOf } from './heldforms.ts';

/** Asks for the file, and whose phone it is from. */
export default function HeldImport() {
  const t = useText('administration');
  const [username, setUsername] = useState('');
  const [file, setFile] = useState<File | null>(null);
  const [faults, setFaults] = useState<Fault[]>([]);
  const [busy, setBusy] = useState(false);

  async function submit(): Promise<void> {
    if (busy) return;
    const lines = file === null ? null : await linesOf(file);
    const found: Fault[] = [
      ...(username.trim() === '' ? [{ name: 'username', message: texts('common')('signin.missing.username') }] : []),
      ...(lines === null ? [{ name: 'file', message: t(file === null ? 'held.import.missing' : 'held.import.notOurs') }] : []),
    ];
    setFaults(found);
    if (found.length > 0 || lines === null) return;
    setBusy(true);
    try {
      for (const { id, key, enc, ciphertext } of lines) {
        await ok(client.POST('/api/v1/screenings/import', { body: { username: username.trim(), id, key, enc, ciphertext } }));
      }
      leaveNotice(() => count('administration', 'held.imported', lines.length));
      go('/held');
    } catch (error) {
      setFaults([heldRefusal(error)]);
      setBusy(false);
    }
  }

  return (
    <Page title={t('held.import')} back={{ href: '/held', text: t('held.heading') }} faults={faults}>
      <p class="govuk-body">{t('held.import.explained')}</p>
      <Form onSubmit={() => void submit()} label={t('held.import')}>
        <Input
          name="username" label={t('held.import.whose')} hint={t('held.import.whose.hint')} value={username} onInput={setUsername}
          error={faultOf(faults, 'username')} width={20} plain
        />
        <FileInput name="file" label={t('held.import.file')} hint={t('held.import.file.hint')} error={faultOf(faults, 'file')} accept=".jsonl,.json" onChoose={setFile} />
        <Button disabled={busy}>{t('held.import.submit')}</Button>
      </Form>
    </Page>
  );
}
