// What lies around every page: the header with the language switch, the line that says how the page stands with the service, the
// navigation, and the way out.

import { connection, counts, notes, told } from '../lib/status.ts';
import { language, languages, number, texts, useLanguage, word, type Language } from '../lib/i18n.ts';
import { leaveNow } from '../lib/leaving.ts';
import { agency } from '../lib/names.ts';
import { address } from '../lib/route.ts';
import { limited, session, standing } from '../lib/session.ts';
import { TextButton } from '../parts/index.ts';
import { placesOf } from './navigation.ts';
import { Outlet } from './outlet.tsx';
import { isPhone, leavePhone, leavingOffered, lockPhone, lockTabs } from './phone.ts';

const namesOfLanguages: Readonly<Record<Language, string>> = { th: 'ไทย', en: 'English' };

/** The whole page. */
export function Shell() {
  const t = texts('common');
  return (
    <>
      <a class="govuk-skip-link" href="#main">{t('page.skip')}</a>
      <Header />
      {beginning() ? <div class="waiting" aria-busy="true" /> : (
        <>
          <StatusLine />
          <ServiceBanners />
          <Navigation />
          <main class="width main" id="main" tabIndex={-1}><Outlet /></main>
          <Footer />
        </>
      )}
    </>
  );
}

// Whether it is not known yet who is signed in. What depends on it is shown at once then, so that nothing moves under a finger; a phone that
// is set up does not wait for the network.
function beginning(): boolean {
  return standing.value.state === 'unknown' && !isPhone.value;
}

function Header() {
  const t = texts('common');
  return (
    <header class="header">
      <div class="width header__row">
        <a class="header__brand" href="/"><span lang="en">Songtor</span> <span lang="th">ส่งต่อ</span></a>
        <div class="header__tools">
          {leavingOffered() && <button class="header__button header__button--leave" type="button" onClick={leaveNow}>{t('page.leave')}<span class="govuk-visually-hidden">: {t('page.leave.about')}</span></button>}
          {lockPhone.value !== null && <button class="header__button" type="button" onClick={lockTabs}>{t('page.lock')}</button>}
          <div class="languages" role="group" aria-label={t('page.language')}>
            {languages.map((tag) => (
              <button class="header__button" key={tag} type="button" lang={tag} aria-pressed={tag === language.value} onClick={() => void useLanguage(tag)}>
                {namesOfLanguages[tag]}
              </button>
            ))}
          </div>
        </div>
      </div>
    </header>
  );
}

// It is never hidden, so that nobody has to look for whether their work is safe.
function StatusLine() {
  const t = texts('common');
  const user = session.value?.user;
  return (
    <section class="status" aria-label={t('page.status')}>
      <div class="width status__row">
        <p class="status__state" role="status">
          <span class={`status__connection status__connection--${connectionShown()}`}>{t(`connection.${connectionShown()}`)}</span>
          {[...notes.value].map(([name, words]) => ({ name, said: words() })).filter(({ said }) => said !== null)
            .map(({ name, said }) => <span key={name}> · {said}</span>)}
        </p>
        {user && (
          <p class="status__who">
            <a class="govuk-link" href="/account">{user.username}<span class="govuk-visually-hidden">: {t('page.account')}</span></a>
            <span class="status__role">{word('common', 'role', user.role)}{!limited.value && `, ${agency(user.agency)}`}</span>
            <TextButton onClick={leavePhone}>{t('page.signOut')}</TextButton>
          </p>
        )}
      </div>
    </section>
  );
}

// They come and go by themselves, as the service says.
function ServiceBanners() {
  const t = texts('common');
  return (
    <div role="alert">
      {told.value.map((what) => (
        <div class="width banner" key={what}>
          <p class="banner__title">{t(`${what}.title`)}</p>
          <p class="banner__text">{t(`${what}.text`)}</p>
        </div>
      ))}
    </div>
  );
}

function connectionShown(): 'live' | 'offline' | 'none' | 'ready' {
  if (connection.value !== null) return connection.value;
  return standing.value.state === 'unreachable' ? 'none' : 'ready';
}

// During an interview only its own ways are offered: beside a person nobody goes through queues.
const interviews = '/responder/drafts';

function Navigation() {
  const t = texts('common');
  const user = session.value?.user;
  if (!user || limited.value || within(interviews)) return null;
  return (
    <nav class="navigation" aria-label={t('page.navigation')}>
      <ul class="width navigation__list">
        {placesOf(user.role).map(({ href, text }) => {
          const count = counts.value[href];
          return (
            <li key={href}>
              <a href={href} aria-current={within(href) ? 'page' : undefined}>
                {t(text)}{count !== undefined && <> <span class="navigation__count">{number(count)}</span></>}
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

function within(href: string): boolean {
  const { path } = address.value;
  return path === href || path.startsWith(`${href}/`);
}

function Footer() {
  const t = texts('common');
  return (
    <footer class="footer">
      <div class="width">
        <p>{t('page.notice')}</p>
        <p>{t('page.times')}</p>
      </div>
    </footer>
  );
}
