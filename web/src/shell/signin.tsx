// Signing in: by a password and a code, by a passkey, at an outside provider, or for the first time by an invitation.

import { useEffect, useState } from 'preact/hooks';

import { Problem, read, send, type Schemas } from '../lib/api.ts';
import { texts, type Key } from '../lib/i18n.ts';
import { canUsePasskeys, signInByPasskey } from '../lib/passkeys.ts';
import { address, go } from '../lib/route.ts';
import { learnSession, session } from '../lib/session.ts';
import { Button, type Fault, faultOf, Form, Input, Inset, Page, TextButton } from '../parts/index.ts';
import { goOn } from './phone.ts';

type Step = 'password' | 'code' | 'invitation';
type Field = 'username' | 'password' | 'code' | 'invitation';
type Answers = Record<Field, string>;

// What is asked for at each step.
const steps: Readonly<Record<Step, readonly Field[]>> = {
  password: ['username', 'password'],
  code: ['code'],
  invitation: ['invitation', 'username', 'password'],
};

const nothing: Answers = { username: '', password: '', code: '', invitation: '' };

/** How somebody is asked. */
export interface SignInProps {
  /** Whether a session was just over. */
  ended?: boolean;
  /** Where to go afterwards; without it the address stays. */
  then?: string | null;
  /** What came of a sign-in at an outside provider: `refused`, or `away` where it could not be told; null for none. */
  outside?: string | null;
}

/** Asks who is there. */
export function SignIn({ ended = false, then = null, outside: cameBack = null }: SignInProps) {
  const t = texts('common');
  const [step, setStep] = useState<Step>('password');
  const [answers, setAnswers] = useState(nothing);
  const [faults, setFaults] = useState<Fault[]>(cameBack === null ? [] : [{ message: t(cameBack === 'away' ? 'signin.outside.away' : 'signin.outside.refused') }]);
  const outside = useProvider();

  function change(next: Step): void {
    setStep(next);
    setFaults([]);
  }

  async function attempt(act: () => Promise<void>): Promise<void> {
    setFaults([]);
    try {
      await act();
    } catch (error) {
      const over = step === 'code' && passwordIsOver(error);
      if (over) setStep('password');
      setFaults([over ? { name: 'username', message: texts('common')('signin.late') } : refusal(error, step)]);
    }
  }

  async function leave(): Promise<void> {
    try {
      await depart();
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 503) throw error;
      setFaults([{ message: t('signin.outside.away') }]);
    }
  }

  async function submit(): Promise<void> {
    const missing = steps[step].filter((name) => answers[name].trim() === '');
    if (missing.length > 0) return setFaults(missing.map((name) => ({ name, message: t(`signin.missing.${name}` as Key<'common'>) })));
    await attempt(async () => {
      const session = await answered(step, answers);
      setAnswers(nothing);
      if (step === 'password' && session.next.includes('code')) return change('code');
      await entered(then);
    });
  }

  return (
    <Page title={t(`signin.step.${step}`)} faults={faults}>
      {ended && <Inset>{t('signin.ended')}</Inset>}
      <Form onSubmit={() => void submit()} label={t(`signin.step.${step}`)} key={step}>
        {steps[step].map((name) => (
          <Input
            key={name} name={name} label={t(`signin.${name}`)} hint={name === 'code' ? t('signin.code.hint') : undefined} value={answers[name]}
            onInput={(value) => setAnswers((given) => ({ ...given, [name]: value }))} error={faultOf(faults, name)} plain
            type={name === 'password' ? 'password' : 'text'} autoComplete={autoComplete(step, name)} width={name === 'code' ? 10 : undefined}
          />
        ))}
        <Button>{t('signin.submit')}</Button>
      </Form>
      <Otherwise
        step={step} outside={outside ? () => void attempt(leave) : null} change={change}
        byPasskey={() => void attempt(async () => {
          await signInByPasskey();
          await entered(then);
        })}
      />
    </Page>
  );
}

interface OtherwiseProps {
  step: Step;
  outside: (() => void) | null;
  change: (step: Step) => void;
  byPasskey: () => void;
}

function Otherwise({ step, outside, change, byPasskey }: OtherwiseProps) {
  const t = texts('common');
  if (step !== 'password') return <p class="govuk-body"><TextButton onClick={() => change('password')}>{t('signin.back')}</TextButton></p>;
  return (
    <ul class="govuk-list ways">
      {canUsePasskeys() && <li><TextButton onClick={byPasskey}>{t('signin.passkey')}</TextButton></li>}
      {outside !== null && <li><TextButton onClick={outside}>{t('signin.provider')}</TextButton></li>}
      <li><TextButton onClick={() => change('invitation')}>{t('signin.invitation.have')}</TextButton></li>
    </ul>
  );
}

// Whether people may sign in at an outside provider. Where it cannot be known, signing in says what is wrong.
function useProvider(): boolean {
  const [available, setAvailable] = useState(false);
  useEffect(() => {
    read('/api/v1/session/provider').then((answer) => setAvailable(answer.available), () => undefined);
  }, []);
  return available;
}

async function answered(step: Step, given: Answers): Promise<Schemas['Session']> {
  switch (step) {
    case 'password':
      return (await send('POST', '/api/v1/session', { username: given.username.trim(), password: given.password })) as Schemas['Session'];
    case 'code':
      return (await send('POST', '/api/v1/session/step-up', { code: given.code.trim() })) as Schemas['Session'];
    case 'invitation':
      return (await send('POST', '/api/v1/invitations/redeem', {
        code: given.invitation.trim(), username: given.username.trim(), password: given.password,
      })) as Schemas['Session'];
  }
}

async function depart(): Promise<void> {
  const { url } = (await send('POST', '/api/v1/session/provider', {})) as { url: string };
  location.assign(url);
}

async function entered(then: string | null): Promise<void> {
  await learnSession();
  if (session.value !== null) goOn(session.value.user.id);
  if (then !== null && then.startsWith('/') && !then.startsWith('//')) go(then, { replace: true });
  else if (address.value.path === '/sign-in') go('/', { replace: true });
}

// A code adds to a password that was entered just before. After a while, or when the session has ended, the password has to be entered again.
function passwordIsOver(error: unknown): boolean {
  return error instanceof Problem && (error.kind === 'step-up-required' || error.kind === 'not-signed-in');
}

function autoComplete(step: Step, name: Field): string {
  if (name === 'username') return 'username';
  if (name === 'password') return step === 'invitation' ? 'new-password' : 'current-password';
  return name === 'code' ? 'one-time-code' : 'off';
}

function refusal(error: unknown, step: Step): Fault {
  const t = texts('common');
  const name = steps[step][0];
  if (error instanceof DOMException) return { name, message: t('signin.noPasskey') };
  if (!(error instanceof Problem)) throw error;
  if (error.rule === 'account.username') return { name: 'username', message: t('signin.name') };
  if (error.rule === 'account.username_taken') return { name: 'username', message: t('signin.taken') };
  if (error.rule?.startsWith('password.')) return { name: 'password', message: t('signin.weak') };
  if (error.kind === 'codes-locked') return { name, message: t('signin.locked') };
  if ([400, 401, 409, 422].includes(error.status)) return { name, message: t(`signin.wrong.${step}`) };
  if (error.status === 429) return { name, message: t('signin.tooMany', { seconds: error.retryAfter ?? 60 }) };
  return { name, message: t('signin.unreachable') };
}
