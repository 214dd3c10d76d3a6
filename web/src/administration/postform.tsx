// The questions of what somebody is to be: a role, an agency, and the provinces to which their lists are narrowed.

import { useRef } from 'preact/hooks';

import { texts } from '../lib/i18n.ts';
import { optionsOf } from '../lib/names.ts';
import { Checkboxes, Details, type Fault, faultOf, Radios, Select } from '../parts/index.ts';
import { type RoleCode, roleName, roles } from './accounts.ts';

/** What somebody is to be. */
export interface Post {
  role: RoleCode | '';
  agency: string;
  provinces: string[];
}

/** The questions. */
export function PostQuestions({ post, onChange, faults }: { post: Post; onChange: (post: Post) => void; faults: readonly Fault[] }) {
  const t = texts('administration');
  const unfolded = useRef(false); // what was folded away again would take the focus with it
  unfolded.current ||= post.provinces.length > 0;
  return (
    <>
      <Radios
        name="role" label={t('accounts.role')} hint={t('people.grave')} value={post.role} onChange={(role) => onChange({ ...post, role: knownRole(role) })}
        error={faultOf(faults, 'role')} options={roles.map((value) => ({ value, label: roleName(value) }))}
      />
      <Select
        name="agency" label={t('accounts.agency')} value={post.agency} onChange={(code) => onChange({ ...post, agency: code })}
        error={faultOf(faults, 'agency')} options={optionsOf('agencies', { sorted: true })}
      />
      <Details summary={t('people.provinces.narrow')} open={unfolded.current}>
        <Checkboxes
          name="provinces" label={t('people.provinces')} hint={t('people.provinces.hint')} values={post.provinces}
          onChange={(provinces) => onChange({ ...post, provinces })} options={optionsOf('provinces', { sorted: true })}
        />
      </Details>
    </>
  );
}

/** A role as it is known here; empty for another. */
export function knownRole(code: string): RoleCode | '' {
  return roles.find((known) => known === code) ?? '';
}

/** A post in which nothing is missing, as the service takes it. */
export function whole({ role, ...post }: Post): Post & { role: RoleCode } {
  if (role === '') throw new Error('a post without a role was sent');
  return { ...post, role };
}

/** What is missing of a post. */
export function missingOf(post: Post): Fault[] {
  const t = texts('administration');
  return [
    ...(post.role === '' ? [{ name: 'role', at: 'role-first', message: t('people.missing.role') }] : []),
    ...(post.agency === '' ? [{ name: 'agency', message: t('people.missing.agency') }] : []),
  ];
}
