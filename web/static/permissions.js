// Which commands the page offers to whom. The service decides; this only spares people what it would refuse for their role. own:
// for a case for which their agency is responsible; tied: for every case that they see. A test holds this to the service's rules.

const all = [
  'record-screening', 'correct-screening', 'conclude-screening', 'record-consent', 'withdraw-consent', 'acknowledge-withdrawal',
  'record-needs', 'assess-safety', 'give-information', 'appoint-representative', 'assess-interests', 'set-hold', 'lift-hold', 'refer',
  'accept', 'decline', 'revoke', 'complete', 'assign', 'request-hand-over', 'grant-hand-over', 'refuse-hand-over', 'start-period',
  'extend-period', 'pause-period', 'resume-period', 'end-period', 'convene-team', 'hold-interview', 'request-reassessment', 'agree-plan',
  'request-service', 'accept-service', 'decline-service', 'deliver-service', 'refuse-service', 'place-in-shelter', 'leave-shelter',
  'assess-risk', 'file-claim', 'advance-claim', 'arrange-return', 'complete-return', 'follow-up', 'add-note', 'attach-file', 'link',
  'undo-link', 'refuse-duplicate', 'settle-disagreement', 'close', 'reopen',
];

const answers = ['accept', 'decline', 'complete', 'accept-service', 'decline-service', 'deliver-service'];

const roles = {
  responder: {
    own: [
      'refer', 'close', 'reopen', 'assign', 'grant-hand-over', 'refuse-hand-over', 'start-period', 'pause-period', 'resume-period',
      'settle-disagreement', 'request-service', 'refuse-service', 'place-in-shelter', 'leave-shelter', 'assess-risk',
    ],
    tied: [
      ...answers, 'record-screening', 'correct-screening', 'record-consent', 'record-needs', 'assess-safety', 'give-information',
      'appoint-representative', 'assess-interests', 'set-hold', 'add-note', 'attach-file', 'link', 'undo-link', 'refuse-duplicate',
      'withdraw-consent', 'request-reassessment', 'acknowledge-withdrawal', 'request-hand-over', 'revoke',
    ],
  },
  casemanager: { own: [], tied: all },
  team: {
    own: [],
    tied: [
      'decide-identification', 'convene-team', 'hold-interview', 'give-finding', 'request-reassessment', 'add-note', 'attach-file',
      'set-hold', 'assess-risk', 'settle-disagreement',
    ],
  },
  shelter: {
    own: [
      'record-consent', 'refer', 'close', 'assign', 'grant-hand-over', 'refuse-hand-over', 'request-service', 'agree-plan',
      'place-in-shelter',
    ],
    tied: [
      ...answers, 'withdraw-consent', 'record-needs', 'assess-safety', 'give-information', 'add-note', 'attach-file', 'refuse-service',
      'leave-shelter', 'assess-risk', 'follow-up', 'request-reassessment', 'acknowledge-withdrawal', 'request-hand-over', 'revoke',
    ],
  },
};

/** The commands of a role, {own, tied}. */
export function commandsOf(role) {
  return roles[role] ?? { own: [], tied: [] };
}

/** Whether the page offers a command on a case to a user. */
export function mayGive(user, found, command) {
  const { own, tied } = commandsOf(user.role);
  return tied.includes(command) || found.agency === user.agency && own.includes(command);
}
