// The closed lists of codes from which people choose. A test holds them to the lists of the service.

const lists = {
  purpose: ['screening', 'referral', 'support', 'police_cooperation', 'data_sharing'],
  data: ['identity', 'contact', 'answers', 'health', 'decisions'],
  grounds: ['yes', 'no', 'unclear'],
  element: ['act', 'means', 'purpose', 's6_1_compulsion'],
  assessment: ['present', 'absent', 'unclear', 'not_asked', 'not_needed'],
  outcome: ['tip_s6', 'forced_labour_s6_1', 'both', 'not_identified', 'undetermined'],
  period: ['reflection', 'section_29'],
  pause_reason: ['hospital', 'no_interpreter', 'court_order', 'person_absent', 'person_not_ready'],
  end_reason: ['over', 'person_wishes', 'person_left', 'started_in_error'],
  revoke_reason: ['consent_withdrawn', 'sent_in_error', 'no_longer_needed', 'no_answer'],
  reassess_reason: ['person', 'new_information', 'court', 'legal_review', 'disagreement'],
  close_reason: ['support_complete', 'person_left', 'returned', 'transferred_out', 'opened_in_error', 'other'],
  reopen_reason: ['person_returned', 'new_information', 'closed_in_error', 'new_risk', 'support_needed', 'review'],
  leave_reason: ['own_wish', 'moved_to_other_shelter', 'returned', 'reintegrated', 'left_without_word', 'not_safe'],
  need: ['safety', 'medical', 'shelter', 'child_alone', 'self_harm', 'other'],
  danger: ['safe', 'at_risk', 'in_danger'],
  audience: ['case', 'agency'],
  kept: ['standing', 'other'],
  scope: ['identity', 'sensitive', 'statistics', 'location', 'medical', 'legal'],
  glass_reason: ['danger_to_life', 'medical_emergency', 'person_missing', 'child_at_risk', 'responsible_not_reached'],
  verdict: ['justified', 'not_justified'],
  erasure_reason: ['erasure_request', 'opened_in_error', 'retention'],
  status: [
    'first_contact', 'consent_refused', 'to_conclude', 'unclear', 'no_grounds', 'awaiting_decision', 'undetermined', 'reassessing',
    'not_identified', 'in_protection', 'closed', 'erased',
  ],
} as const;

export type CodeList = keyof typeof lists;

/** The codes of a closed list. */
export function codes<List extends CodeList>(list: List): (typeof lists)[List] {
  return lists[list];
}

/** The names of the lists. */
export function codeLists(): CodeList[] {
  return Object.keys(lists) as CodeList[];
}
