// What the service writes on paper: the summary of a case and the letter of a referral, in Thai and in English.

import { texts } from '../../lib/i18n.ts';

/** The ways to a paper in each language. What it is about is added for those who do not see where the links stand. */
function Papers({ address, title, about }: { address: string; title: 'papers.summary' | 'papers.letter'; about?: string }) {
  const t = texts('decide');
  return (
    <p class="govuk-body papers">
      {t(title)}{about !== undefined && <span class="govuk-visually-hidden"> {about}</span>}:{' '}
      {(['th', 'en'] as const).map((lang, i) => (
        <>
          {i > 0 && ' · '}
          <a class="govuk-link" key={lang} href={`${address}?lang=${lang}`} hrefLang={lang} download>
            {t(`papers.${lang}`)}<span class="govuk-visually-hidden"> ({t(title)}{about !== undefined && `, ${about}`})</span>
          </a>
        </>
      ))}
    </p>
  );
}

/** The summary of a case. */
export function SummaryPapers({ caseId }: { caseId: string }) {
  return <Papers title="papers.summary" address={`/api/v1/cases/${encodeURIComponent(caseId)}/summary.pdf`} />;
}

/** The letter of a referral. */
export function LetterPapers({ caseId, referral, about }: { caseId: string; referral: string; about: string }) {
  return <Papers title="papers.letter" about={about} address={`/api/v1/cases/${encodeURIComponent(caseId)}/referrals/${encodeURIComponent(referral)}/letter.pdf`} />;
}
