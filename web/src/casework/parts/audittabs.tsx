// The two pages of an auditor, one beside the other.

import { useText } from '../../lib/i18n.ts';
import { Tabs } from '../../parts/index.ts';

/** The ways between the pages. */
export function AuditTabs({ current }: { current: 'alerts' | 'reports' }) {
  const t = useText('casework');
  return (
    <Tabs label={t('record.heading')} tabs={[
      { href: '/alerts', title: t('nav.alerts'), current: current === 'alerts' }, { href: '/reports', title: t('nav.reports'), current: current === 'reports' },
    ]} />
  );
}
