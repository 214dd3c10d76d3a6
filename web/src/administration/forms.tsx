// The versions of the screening form. A published one never changes; a fix is a new version.

import { client, ok } from '../lib/api.ts';
import { language, texts, useText } from '../lib/i18n.ts';
import { useLoaded } from '../lib/loaded.ts';
import { Inset, Table, Tag, Time } from '../parts/index.ts';
import { Frame } from './frame.tsx';

/** The list of versions. */
export default function Forms() {
  const t = useText('administration');
  const loaded = useLoaded(async () => (await ok(client.GET('/api/v1/forms'))).items);
  return (
    <Frame title={t('forms.heading')} loaded={loaded}>
      {(forms) => (
        <>
          <p class="govuk-body">{t('forms.explained')}</p>
          {forms.every(({ official }) => !official) && <Inset>{t('forms.unofficial')}</Inset>}
          <Table
            caption={t('forms.heading')} captionHidden
            columns={[t('forms.version'), t('forms.standing'), t('forms.opened'), texts('common')('page.language'), t('forms.hash')]}
            rows={forms.map((form) => ({
              key: String(form.version),
              cells: [
                form.version, <Standing official={form.official} />, <Time at={`${form.opened}T00:00:00+07:00`} as="date" />, form.languages.map(languageName).join(', '),
                <code>{form.hash.slice(0, 12)}</code>,
              ],
            }))}
          />
        </>
      )}
    </Frame>
  );
}

function Standing({ official }: { official: boolean }) {
  const t = texts('administration');
  return official ? <Tag colour="green">{t('forms.official')}</Tag> : <Tag colour="yellow">{t('forms.reconstruction')}</Tag>;
}

function languageName(tag: string): string {
  return new Intl.DisplayNames(language.value, { type: 'language' }).of(tag) ?? tag;
}
